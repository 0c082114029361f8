use longhaul_common::id::TaskNumber;

use super::*;
use crate::dashboard::fixtures::{
    self, LIVING, THEME, key as chord, kinds, performs, press, screen,
};
use crate::dashboard::message::{Message, New, News};
use crate::dashboard::model::Access;
use crate::dashboard::reading::Reading;
use crate::dashboard::update::update;

/// A dashboard that has read the kinds there are.
fn list() -> Model {
    let mut model = fixtures::filled(80, 24, THEME, &fixtures::all_sorts());
    fixtures::tell(
        &mut model,
        News::Workers(vec![performs(LIVING, &["import"])]),
    );
    fixtures::tell(&mut model, News::Kinds(kinds()));
    model
}

fn enter(model: &mut Model, typed: &str) -> Vec<Effect> {
    press(model, ":");
    fixtures::type_text(model, typed);
    update(model, Message::Key(chord("enter")))
}

#[track_caller]
fn submission(effects: Vec<Effect>) -> Submission {
    let mut submitted = effects.into_iter().filter_map(|effect| match effect {
        Effect::Submit(submission) => Some(submission),
        _ => None,
    });
    submitted.next().expect("it is submitted")
}

#[track_caller]
fn shows(model: &Model, text: &str) {
    let shown = screen(model).to_string();
    assert!(shown.contains(text), "{text}: {shown}");
}

#[test]
fn a_key_lists_the_kinds_and_one_of_them_opens_its_form() {
    let mut model = list();
    press(&mut model, "i");
    shows(&model, "submit a task of which kind?");
    press(&mut model, "j enter");
    shows(&model, "submit a task of kind import");
    fixtures::type_text(&mut model, "orders");
    let effects = update(&mut model, Message::Key(chord("enter")));
    let submission = submission(effects);
    let words = ["import", "--param", "table=orders"].map(str::to_owned);
    assert_eq!(
        submission,
        Submission::OfKind {
            kind: "import".into(),
            words: words.into(),
        }
    );
    shows(&model, "submitting");
    // Once more changes nothing while it is under way.
    assert_eq!(update(&mut model, Message::Key(chord("enter"))), []);
    let task = Ok(New::Task(TaskNumber(14)));
    update(&mut model, Message::Submitted(submission, task));
    assert!(model.submitting.is_none());
    shows(&model, "task 14 is submitted");
    assert!(!model.undos.is_open(), "it is answered");
}

#[test]
fn what_the_store_refuses_stays_to_be_mended() {
    let mut model = list();
    enter(&mut model, "submit import");
    fixtures::type_text(&mut model, "orders");
    let submission = submission(update(&mut model, Message::Key(chord("enter"))));
    let refused = Err("the disk is full".into());
    update(&mut model, Message::Submitted(submission, refused));
    shows(&model, "not submitted: the disk is full");
    shows(&model, "orders");
    fixtures::type_text(&mut model, "2");
    assert!(!screen(&model).to_string().contains("the disk is full"));
    assert_ne!(update(&mut model, Message::Key(chord("enter"))), []);
}

#[test]
fn a_mistake_is_told_as_one_types_and_is_not_submitted() {
    let mut model = list();
    enter(&mut model, "submit import");
    press(&mut model, "tab tab");
    fixtures::type_text(&mut model, "300");
    shows(&model, "300 is more than 255");
    assert_eq!(update(&mut model, Message::Key(chord("enter"))), []);
    // What comes first of all that is wrong.
    shows(&model, "table: is missing");
    fixtures::type_text(&mut model, "orders");
    assert_eq!(update(&mut model, Message::Key(chord("enter"))), []);
    press(&mut model, "backspace");
    let words = ["import", "--param", "table=orders", "--param", "limit=30"];
    assert!(matches!(
        submission(update(&mut model, Message::Key(chord("enter")))),
        Submission::OfKind { words: typed, .. } if typed == words
    ));
}

#[test]
fn choices_are_turned_and_not_typed() {
    let mut model = list();
    enter(&mut model, "submit import");
    fixtures::type_text(&mut model, "orders");
    press(&mut model, "tab space up down right left down down left");
    let submission = submission(update(&mut model, Message::Key(chord("enter"))));
    let words = [
        "import",
        "--param",
        "table=orders",
        "--param",
        "dry=true",
        "--param",
        "mode=careful",
    ];
    assert!(
        matches!(&submission, Submission::OfKind { words: typed, .. } if typed[..] == words),
        "{submission:?}"
    );
}

#[test]
fn the_command_that_does_the_same_is_copied() {
    let mut model = list();
    enter(&mut model, "submit import");
    fixtures::type_text(&mut model, "or ders");
    let effects = update(&mut model, Message::Key(chord("^y")));
    let command = "longhaul submit import --param 'table=or ders' --store /var/lib/longhaul";
    assert_eq!(effects, [Effect::Copy(command.into())]);
    shows(&model, "sent to the terminal's clipboard");
}

#[test]
fn esc_goes_back_to_where_the_form_was_opened() {
    let mut model = list();
    enter(&mut model, "submit import");
    press(&mut model, "esc");
    assert!(model.submitting.is_none());
    press(&mut model, "i enter esc");
    shows(&model, "submit a task of which kind?");
    press(&mut model, "esc");
    assert!(model.submitting.is_none());
}

#[test]
fn a_submission_that_is_typed_whole_is_made_at_once() {
    let mut model = list();
    let effects = enter(
        &mut model,
        "submit import --param 'table=or ders' --name nightly -b 5",
    );
    let words = [
        "import",
        "--param",
        "table=or ders",
        "--name",
        "nightly",
        "-b",
        "5",
    ];
    assert!(matches!(
        submission(effects),
        Submission::OfKind { kind, words: typed } if kind == "import" && typed == words
    ));
    assert!(model.submitting.is_none());
}

#[test]
fn what_does_not_fit_stays_in_the_line_with_what_is_wrong() {
    let mut model = list();
    for (typed, told) in [
        ("submit import --param limit=300", "300 is more than 255"),
        ("submit import --name x", "table: is missing"),
        ("submit import --param table=x --rate fast", "--rate"),
        (
            "submit import --param table=x --env A=b",
            "--env is for commands",
        ),
        (
            "submit import --params -",
            "standard input is the dashboard's",
        ),
        ("submit -- true", "longhaul submit"),
        ("submit --lines x -- true", "longhaul submit"),
    ] {
        assert_eq!(enter(&mut model, typed), [], "{typed}");
        shows(&model, told);
        press(&mut model, "esc");
    }
}

#[test]
fn a_kind_that_is_not_known_here_is_asked_of_the_store() {
    let mut model = list();
    let effects = enter(&mut model, "submit newest --param a=b");
    assert!(matches!(submission(effects), Submission::OfKind { kind, .. } if kind == "newest"));
}

#[test]
fn kinds_are_read_when_somebody_needs_them_and_again_when_workers_came() {
    let mut model = fixtures::filled(80, 24, THEME, &fixtures::all_sorts());
    assert_eq!(
        update(&mut model, Message::Key(chord("i"))),
        [Effect::Read(Reading::Kinds)]
    );
    shows(&model, "reading which kinds there are");
    assert_eq!(update(&mut model, Message::Key(chord("j"))), []);
    let unread = News::Unread(Reading::Kinds, "the store is busy".into());
    fixtures::tell(&mut model, unread);
    shows(&model, "the store is busy");
    let came = Message::News(News::Workers(vec![performs(LIVING, &["import"])]));
    assert_eq!(update(&mut model, came), [Effect::Read(Reading::Kinds)]);
    fixtures::tell(&mut model, News::Kinds(kinds()));
    shows(&model, "import");
    // Nobody needs them any more.
    press(&mut model, "esc");
    let went = Message::News(News::Workers(Vec::new()));
    assert_eq!(update(&mut model, went), []);
}

#[test]
fn a_form_that_was_asked_for_opens_once_its_kind_was_read() {
    let mut model = fixtures::filled(80, 24, THEME, &fixtures::all_sorts());
    enter(&mut model, "submit import");
    fixtures::tell(&mut model, News::Kinds(kinds()));
    shows(&model, "submit a task of kind import");
    press(&mut model, "esc");
    let mut model = fixtures::filled(80, 24, THEME, &fixtures::all_sorts());
    enter(&mut model, "submit imports");
    fixtures::tell(&mut model, News::Kinds(kinds()));
    shows(&model, "no worker has published a kind \"imports\"");
    shows(&model, "submit a task of which kind?");
}

#[test]
fn kinds_and_parameters_are_completed() {
    let words = |typed: &str| {
        let mut model = list();
        press(&mut model, ":");
        fixtures::type_text(&mut model, typed);
        let typing = model.palette.typing().expect("it is open");
        let choices = typing.choices.choices.iter();
        choices
            .map(|choice| choice.word.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(words("submit i"), ["import"]);
    assert_eq!(words("submit import --param li"), ["limit="]);
    assert_eq!(words("submit import --param mode=c"), ["mode=careful"]);
    assert_eq!(words("submit import --on-error s"), ["suspend", "skip"]);
    assert!(!words("submit import --param table=x --param ").contains(&"table=".to_owned()));
    let options = words("submit import --");
    assert!(options.contains(&"--param".to_owned()), "{options:?}");
    assert!(!options.contains(&"--env".to_owned()), "{options:?}");
    let mut model = list();
    press(&mut model, ":");
    fixtures::type_text(&mut model, "submit import --param li");
    press(&mut model, "tab");
    fixtures::type_text(&mut model, "7");
    let typing = model.palette.typing().expect("it is open");
    assert_eq!(typing.line.text(), "submit import --param limit=7");
}

#[test]
fn who_only_looks_opens_and_submits_nothing() {
    for access in [Access::ReadOnly, Access::Barred] {
        for typed in ["submit", "submit import", "submit import --param table=x"] {
            let mut model = list();
            model.options.access = access;
            assert_eq!(enter(&mut model, typed), [], "{typed}");
            assert!(model.submitting.is_none(), "{typed}");
        }
        let mut model = list();
        enter(&mut model, "submit import");
        fixtures::type_text(&mut model, "orders");
        fixtures::tell(&mut model, News::Access(access));
        assert_eq!(update(&mut model, Message::Key(chord("enter"))), []);
    }
}

#[test]
fn what_nobody_performs_waits_and_says_so() {
    let mut model = list();
    let submission = submission(enter(&mut model, "submit audit --name x"));
    let task = Ok(New::Task(TaskNumber(14)));
    update(&mut model, Message::Submitted(submission, task));
    shows(&model, "no worker that performs kind audit is alive");
}

#[test]
fn a_key_that_a_live_task_bears_submits_nothing_and_says_so() {
    let mut model = list();
    let submission = submission(enter(&mut model, "submit audit --key nightly"));
    let task = Ok(New::Bears(TaskNumber(3)));
    update(&mut model, Message::Submitted(submission, task));
    shows(&model, "task 3 bears that key already");
}
