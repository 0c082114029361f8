//! The configuration file, as every command takes it.

mod harness;

use std::fs;

use harness::{Output, World};

/// Writes the file of this world.
fn configure(world: &World, text: &str) -> String {
    let folder = world.path("config/longhaul");
    fs::create_dir_all(&folder).expect("the test's folder can be written");
    let path = folder.join("config.toml");
    fs::write(&path, text).expect("the test's folder can be written");
    path.display().to_string()
}

/// Runs a command that is told of no store but by the file.
fn unnamed(world: &World, line: &str) -> Output {
    let mut command = world.command(line.split_whitespace());
    command.env_remove("LONGHAUL_STORE");
    world.finish(command, b"")
}

#[test]
fn every_command_works_on_the_store_that_is_configured() {
    let world = World::new();
    let store = world.store_dir().display().to_string();
    configure(&world, &format!("store = '{store}'\n"));
    let output = unnamed(&world, "submit --name here -- true");
    assert_eq!(output.code, Some(0), "{output:?}");
    let output = unnamed(&world, "worker --once");
    assert_eq!(output.code, Some(0), "{output:?}");
    let output = unnamed(&world, "doctor");
    assert!(output.stdout.contains(&store), "{output:?}");
    let listed = world.expect(0, "list --all");
    assert!(listed.stdout.contains("completed"), "{listed:?}");
    assert!(!world.path("state").exists());
}

#[test]
fn an_option_and_the_environment_count_before_the_file() {
    let world = World::new();
    configure(&world, "store = '/nowhere/at/all'\n");
    world.expect(0, "list");
    let option = format!("list --store {}", world.store_dir().display());
    let output = unnamed(&world, &option);
    assert_eq!(output.code, Some(0), "{output:?}");
    let output = unnamed(&world, "list");
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(output.stderr.contains("/nowhere/at/all"), "{output:?}");
}

#[test]
fn what_is_wrong_is_named_with_file_and_line_and_nothing_is_done() {
    let world = World::new();
    for (text, line, word) in [
        ("# mine\nstroe = '/tmp'\n", 2, "`stroe`"),
        ("store = 'relative'\n", 1, "absolute"),
        ("store = 5\n", 1, "quotes"),
        ("\n\n[keys\n", 3, ""),
    ] {
        let path = configure(&world, text);
        for verb in ["list", "submit -- true", "worker --once", "doctor"] {
            let output = unnamed(&world, verb);
            assert_eq!(output.code, Some(2), "{verb}: {output:?}");
            let place = format!("{path}, line {line}: ");
            assert!(output.stderr.contains(&place), "{verb}: {output:?}");
            assert!(output.stderr.contains(word), "{verb}: {output:?}");
        }
        let output = unnamed(&world, "--json list");
        assert!(
            output.stderr.contains("\"code\":\"configuration\""),
            "{output:?}"
        );
    }
    assert!(!world.path("state").exists());
}

fn named(world: &World, names: &[&str]) -> String {
    let line = |name: &&str| format!("{name} = '{}'\n", world.path(name).display());
    format!("[stores]\n{}", names.iter().map(line).collect::<String>())
}

#[test]
fn a_store_is_used_by_its_name_of_the_user_s_or_the_machine_s_file() {
    let world = World::new();
    let system = world.file("system.toml", named(&world, &["theirs", "both"]));
    configure(&world, &named(&world, &["mine"]));
    let on = |line: &str| {
        let mut command = world.command(line.split_whitespace());
        command.env_remove("LONGHAUL_STORE");
        command.env("LONGHAUL_SYSTEM_CONFIG", &system);
        world.finish(command, b"")
    };
    for name in ["mine", "theirs"] {
        let done = on(&format!("submit --store {name} --name in-{name} -- true"));
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(world.path(name).join("tasks.redb").exists());
        let listed = on(&format!("list --store {name}"));
        assert!(listed.stdout.contains(&format!("in-{name}")), "{listed:?}");
    }
    // By the variable, and by the file's own `store`; what the user's file says counts first.
    let mut command = world.command(["list"]);
    command.env("LONGHAUL_STORE", "mine");
    let listed = world.finish(command, b"");
    assert!(listed.stdout.contains("in-mine"), "{listed:?}");
    let moved = format!(
        "store = 'both'\n[stores]\nboth = '{}'\n",
        world.path("mine").display()
    );
    configure(&world, &moved);
    assert!(on("list").stdout.contains("in-mine"));
    configure(&world, "store = 'theirs'\n");
    assert!(on("list").stdout.contains("in-theirs"));
    fs::remove_file(world.path("config/longhaul/config.toml")).expect("it was written");
    fs::write(
        &system,
        format!("store = 'theirs'\n{}", named(&world, &["theirs"])),
    )
    .expect("it is ours");
    assert!(on("list").stdout.contains("in-theirs"));
}

#[test]
fn a_word_that_is_no_store_s_name_makes_no_store() {
    let world = World::new();
    configure(&world, &named(&world, &["mine"]));
    for line in [
        "submit --store mien -- true",
        "list --store mien",
        "worker --once --store mien",
    ] {
        let mut command = world.command(line.split_whitespace());
        command.current_dir(world.path(""));
        let refused = world.finish(command, b"");
        assert_eq!(refused.code, Some(2), "{line}: {refused:?}");
        assert!(
            refused.stderr.contains("no store is named mien"),
            "{refused:?}"
        );
        assert!(refused.stderr.contains("longhaul stores"), "{refused:?}");
    }
    assert!(!world.path("mien").exists());
    let mut command = world.command(["submit", "--store", "./mien", "--", "true"]);
    command.current_dir(world.path(""));
    assert_eq!(world.finish(command, b"").code, Some(0));
    assert!(world.path("mien/tasks.redb").exists());
}

#[test]
fn stores_are_listed_with_their_tasks_by_state_and_those_that_can_t_be_opened_with_why() {
    let world = World::new();
    let task = world.submit("", "true");
    world.expect(0, &format!("suspend {task}"));
    world.submit("", "true");
    let there = world.store_dir().display();
    fs::create_dir(world.path("full")).expect("the test's folder can be written");
    fs::write(world.path("full/tasks.redb"), "no database").expect("the folder is ours");
    configure(
        &world,
        &format!(
            "[stores]\nhere = '{there}'\nnew = '/nowhere/yet'\nbroken = '{}'\n",
            world.path("full").display()
        ),
    );
    let listed = world.expect(0, "stores --json").json();
    let of = |name: &str| {
        let stores = listed.as_array().expect("a list");
        stores
            .iter()
            .find(|store| store["name"] == name)
            .expect(name)
            .clone()
    };
    let tasks = of("here")["tasks"].clone();
    assert_eq!(
        (&tasks["suspend"], &tasks["init"]),
        (&1.into(), &1.into()),
        "{tasks}"
    );
    assert_eq!(
        (&tasks["run"], &tasks["terminate"]),
        (&0.into(), &0.into()),
        "{tasks}"
    );
    assert_eq!(of("here")["default"], true);
    assert_eq!(of("here")["workers_alive"], 0);
    assert_eq!(of("new")["error"]["code"], "no-store");
    assert_eq!(of("broken")["error"]["code"], "not-a-store");
    let shown = world.expect(0, "stores").stdout;
    for word in ["here", "not made yet", "not a store"] {
        assert!(shown.contains(word), "{shown}");
    }
}

#[test]
fn an_empty_list_mentions_the_other_stores() {
    let world = World::new();
    configure(&world, &named(&world, &["other", "nothing"]));
    let quiet = world.expect(0, "list");
    assert!(!quiet.stderr.contains("other"), "{quiet:?}");
    world.expect(0, "submit --store other -- true");
    let told = world.expect(0, "list");
    assert!(told.stderr.contains("other (1 task)"), "{told:?}");
    assert!(!told.stderr.contains("nothing"), "{told:?}");
    world.expect(0, "submit -- true");
    let quiet = world.expect(0, "list");
    assert!(!quiet.stderr.contains("other"), "{quiet:?}");
}

#[test]
fn a_wrong_store_s_name_is_an_error_with_its_line() {
    let world = World::new();
    for (text, line) in [
        ("[stores]\n'a/b' = '/tmp'\n", 2),
        ("[stores]\nmine = 'relative'\n", 2),
        ("stores = 3\n", 1),
    ] {
        let path = configure(&world, text);
        let output = unnamed(&world, "stores");
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(
            output.stderr.contains(&format!("{path}, line {line}: ")),
            "{output:?}"
        );
    }
}
