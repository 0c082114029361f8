//! What a shell makes of the program: completions and manual pages.

mod harness;

use std::process::Command;

use harness::World;

/// What bash offers for a line whose last word is being typed.
fn offered(world: &World, line: &str) -> Vec<String> {
    let script = format!(
        r#"
source <("$LONGHAUL" completions bash) || exit 9
PATH="$(dirname "$LONGHAUL"):$PATH"
words=({line} ${{LAST+"$LAST"}})
COMP_WORDS=("${{words[@]}}")
COMP_CWORD=$(( ${{#words[@]}} - 1 ))
COMP_LINE="${{words[*]}}"
COMP_POINT=${{#COMP_LINE}}
COMP_TYPE=9
function=$(complete -p longhaul | sed 's/.*-F \([^ ]*\).*/\1/')
"$function" longhaul "${{words[COMP_CWORD]}}" "${{words[COMP_CWORD-1]}}"
printf '%s\n' "${{COMPREPLY[@]}}"
"#
    );
    let mut command = Command::new("bash");
    command
        .args(["--norc", "--noprofile", "-c", &script])
        .env("LONGHAUL", env!("CARGO_BIN_EXE_longhaul"))
        .env("LONGHAUL_STORE", world.store_dir())
        .env("XDG_CONFIG_HOME", world.path("config"));
    if line.ends_with(' ') {
        command.env("LAST", "");
    }
    let output = world.finish(command, b"");
    assert_eq!(output.code, Some(0), "{output:?}");
    let mut words: Vec<String> = output
        .stdout
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.sort();
    words
}

#[test]
fn bash_completes_verbs_and_options() {
    let world = World::new();
    assert_eq!(offered(&world, "longhaul susp"), ["suspend"]);
    assert_eq!(offered(&world, "longhaul prune --older"), ["--older-than"]);
    let shells = offered(&world, "longhaul completions ");
    for shell in ["bash", "fish", "zsh"] {
        assert!(shells.contains(&shell.to_owned()), "{shells:?}");
    }
}

#[test]
fn bash_completes_tasks_by_name_and_number_and_only_those_a_verb_can_be_about() {
    let world = World::new();
    world.submit("--name import-january", "true");
    world.submit("--name import-june", "true");
    world.expect(0, "terminate 2");
    assert_eq!(
        offered(&world, "longhaul show imp"),
        ["import-january", "import-june"]
    );
    assert_eq!(offered(&world, "longhaul suspend imp"), ["import-january"]);
    assert_eq!(offered(&world, "longhaul prune imp"), ["import-june"]);
    assert_eq!(offered(&world, "longhaul resume 1 imp"), ["import-january"]);
    let numbers = offered(&world, "longhaul show ");
    assert!(numbers.contains(&"1".to_owned()), "{numbers:?}");
    // Of a store that is named in the line.
    let other = World::new();
    other.submit("--name elsewhere", "true");
    let line = format!("longhaul --store {} show e", other.store_dir().display());
    assert_eq!(offered(&world, &line), ["elsewhere"]);
}

#[test]
fn a_store_that_is_not_there_offers_nothing_and_is_not_made() {
    let world = World::new();
    let nowhere = world.path("nowhere");
    let line = format!("longhaul --store {} show 1", nowhere.display());
    assert_eq!(offered(&world, &line), Vec::<String>::new());
    assert!(!nowhere.exists());
}

#[test]
fn names_that_a_shell_would_take_apart_are_not_offered() {
    let world = World::new();
    for name in ["two words", "semi;colon", "back`tick", "dollar$"] {
        let args = ["submit", "--name", name, "--", "true"];
        assert_eq!(world.cli(args).code, Some(0), "{name}");
    }
    for start in ["two", "semi", "back", "dollar"] {
        let found = offered(&world, &format!("longhaul show {start}"));
        assert_eq!(found, Vec::<String>::new());
    }
}

#[test]
fn every_shell_has_its_completions_and_another_is_a_mistake() {
    let world = World::new();
    for (shell, has) in [
        ("bash", "complete "),
        ("zsh", "#compdef longhaul"),
        ("fish", "complete "),
    ] {
        let script = world.expect(0, &format!("completions {shell}")).stdout;
        assert!(script.contains(has), "{shell}: {script}");
        assert!(script.contains("LONGHAUL_COMPLETE"), "{shell}");
    }
    world.expect(2, "completions tcsh");
}

#[test]
fn each_verb_has_a_manual_page_that_man_can_show() {
    let world = World::new();
    let dir = world.path("man/man1");
    let args = ["man".as_ref(), dir.as_os_str()];
    let output = world.cli(args);
    assert_eq!(output.code, Some(0), "{output:?}");
    for page in ["longhaul.1", "longhaul-submit.1", "longhaul-prune.1"] {
        assert!(dir.join(page).exists(), "{page}");
    }
    let verbs = world.expect(0, "--help").stdout;
    let verbs = verbs
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    // What is told of a verb goes on below it.
    let verbs = verbs.filter(|line| !line.starts_with("   "));
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        if verb != "help" && verb.chars().all(char::is_lowercase) {
            assert!(dir.join(format!("longhaul-{verb}.1")).exists(), "{verb}");
        }
    }
    let text = std::fs::read_to_string(dir.join("longhaul-prune.1")).expect("it is there");
    assert!(text.starts_with(".") || text.contains(".TH"), "{text}");
    for told in ["older\\-than", "EXAMPLES", "longhaul prune"] {
        assert!(
            text.to_uppercase().contains(&told.to_uppercase()),
            "{told} in {text}"
        );
    }
    let file = world.file("in-the-way", "");
    let below = file.join("man");
    assert_eq!(world.cli(["man".as_ref(), below.as_os_str()]).code, Some(1));
}

#[test]
fn the_help_of_the_program_ends_with_its_exit_codes() {
    let world = World::new();
    let help = world.expect(0, "--help").stdout;
    let codes = help.split_once("Exit codes:").expect("they are told").1;
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "124"] {
        let told = codes
            .lines()
            .any(|line| line.split_whitespace().next() == Some(code));
        assert!(told, "{code} in {codes}");
    }
}
