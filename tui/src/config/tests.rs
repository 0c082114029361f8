use ratatui::style::Color;

use super::*;

const DOCUMENTED: &str = include_str!("../../../assets/config.toml");

fn parse(text: &str) -> Result<Config, String> {
    let file = Configuration::of("/etc/config.toml".as_ref(), text);
    Config::of(&file).map_err(|error| error.to_string())
}

#[track_caller]
fn assert_wrong(text: &str, line: usize, words: &[&str]) {
    let error = parse(text).expect_err("it is wrong");
    let place = format!("/etc/config.toml, line {line}: ");
    assert!(error.starts_with(&place), "{error}");
    for word in words {
        assert!(error.contains(word), "{word} in {error}");
    }
}

#[test]
fn the_documented_file_says_what_is_so_without_it() {
    let config = parse(DOCUMENTED).unwrap();
    let usual = Config::default();
    for action in Action::ALL {
        let chords = |keys: &KeyMap| keys.chords(*action).collect::<Vec<_>>();
        assert_eq!(chords(&config.keys), chords(&usual.keys), "{action:?}");
        let line = format!("\n{} = ", action.name());
        assert!(DOCUMENTED.contains(&line), "{action:?} is documented");
    }
    assert_eq!(config.palette, usual.palette);
    assert_eq!(config.refresh, Some(Duration::from_millis(250)));
    assert_eq!(config.times, Some(Times::Local));
    assert_eq!(config.charset, None);
}

#[test]
fn what_is_documented_as_possible_is_possible() {
    // What is left out because it depends on the machine stands there as a comment.
    let text = DOCUMENTED
        .replace("# store =", "store =")
        .replace("# ascii =", "ascii =");
    assert_ne!(text, DOCUMENTED);
    let config = parse(&text).unwrap();
    assert_eq!(config.charset, Some(Charset::Ascii));
}

#[test]
fn keys_are_bound_in_another_way() {
    let config =
        parse("[keys]\nsuspend = 'P'\nresume = ['x', '^r', 'f5', 'space']\nmark = []").unwrap();
    let keys = |action| {
        let chords = config.keys.chords(action);
        chords.map(|chord| chord.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(keys(Action::Suspend), ["P"]);
    assert_eq!(keys(Action::Resume), ["x", "^r", "f5", "space"]);
    assert_eq!(keys(Action::Mark), [""; 0]);
    assert_eq!(keys(Action::Terminate), ["t"]);
    let s = Chord::parse("s").unwrap();
    assert_eq!(config.keys.action(s), None, "what it was bound to is free");
}

#[test]
fn two_actions_can_change_keys() {
    let config = parse("[keys]\nsuspend = 't'\nterminate = 's'").unwrap();
    let action = |key| config.keys.action(Chord::parse(key).unwrap());
    assert_eq!(action("t"), Some(Action::Suspend));
    assert_eq!(action("s"), Some(Action::Terminate));
}

#[test]
fn colours_and_the_rest_are_taken() {
    let text = "[dashboard]\nascii = false\nutc = true\nmouse = true\nrefresh = '1s'\n[dashboard.colors]\ngood = 'blue'\nbad = 'bright-magenta'";
    let config = parse(text).unwrap();
    assert_eq!(config.charset, Some(Charset::Unicode));
    assert_eq!(config.times, Some(Times::Utc));
    assert_eq!(config.mouse, Mouse::Ours);
    assert_eq!(config.refresh, Some(Duration::from_secs(1)));
    assert_eq!(config.palette.good, Color::Blue);
    assert_eq!(config.palette.bad, Color::LightMagenta);
    assert_eq!(config.palette.attention, Palette::default().attention);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_can_stand_there() {
    assert_wrong("\n[dashbord]", 2, &["`dashbord` is no key", "dashboard"]);
    assert_wrong("[dashboard]\nmousse = true", 2, &["`mousse`", "refresh"]);
    assert_wrong("[dashboard]\nmouse = 1", 2, &["mouse needs true or false"]);
    assert_wrong("[dashboard]\nutc = 'yes'", 2, &["utc needs true or false"]);
    assert_wrong(
        "[dashboard]\nrefresh = '1ms'",
        2,
        &["refresh needs", "50ms"],
    );
    assert_wrong("[dashboard]\nrefresh = 5", 2, &["refresh needs a text"]);
    assert_wrong("dashboard = 5", 1, &["section"]);
    assert_wrong(
        "[dashboard.colors]\ngood = 'pink'",
        2,
        &["good needs", "magenta"],
    );
    assert_wrong(
        "[dashboard.colors]\nnice = 'red'",
        2,
        &["`nice`", "attention"],
    );
    assert_wrong(
        "[keys]\n\npause = 'p'",
        3,
        &["`pause` is no action", "suspend"],
    );
    assert_wrong("[keys]\nsuspend = 'ss'", 2, &["\"ss\" is no key", "pgup"]);
    assert_wrong("[keys]\nsuspend = 5", 2, &["suspend needs a key"]);
    assert_wrong(
        "[keys]\nsuspend = [\n  'x',\n  5]",
        2,
        &["suspend needs a key"],
    );
    assert_wrong("[keys]\nquit = []", 2, &["quit needs"]);
    assert_wrong("store = 5", 1, &["store needs a path"]);
    assert_wrong(
        "[keys]\nsuspend = 'x'\nsuspend = 'p'",
        3,
        &["duplicate key"],
    );
}

#[test]
fn a_key_of_two_actions_is_named() {
    assert_wrong(
        "[keys]\nsuspend = 'x'\nsort = ['o', 'x']",
        3,
        &["x is a key of sort and of suspend"],
    );
    assert_wrong(
        "[keys]\nsuspend = [\n  's',\n  'r']",
        4,
        &["r is a key of suspend and of resume"],
    );
}
