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
