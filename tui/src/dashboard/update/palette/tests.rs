use longhaul_common::state::RollbackStage;
use longhaul_common::store::TaskRow;

use super::*;
use crate::dashboard::fixtures::{self, THEME, asked, key as chord, numbers, press, running, task};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::{Access, Direction, Page};
use crate::dashboard::reading::WhoseNews;
use crate::dashboard::update::update;

fn list() -> Model {
    let names = ["export", "import", "import", "reindex the year", ""];
    let tasks: Vec<TaskRow> = (1..)
        .zip(names)
        .map(|(number, name)| {
            task(number, |row| {
                running(row, 1, 9, 1.0);
                row.spec.name = name.into();
            })
        })
        .collect();
    fixtures::filled(80, 24, THEME, &tasks)
}

/// Types a command and enters it.
fn enter(model: &mut Model, text: &str) -> Vec<Effect> {
    press(model, ":");
    fixtures::type_text(model, text);
    update(model, Message::Key(chord("enter")))
}

/// Types a command that is refused, and gives why.
#[track_caller]
fn error(model: &mut Model, text: &str) -> String {
    assert_eq!(enter(model, text), [], "{text}");
    let error = model
        .palette
        .typing()
        .and_then(|typing| typing.error.clone());
    press(model, "esc");
    error.unwrap_or_else(|| panic!("{text} was not refused"))
}

fn typed(model: &Model) -> String {
    let typing = model.palette.typing();
    typing.map_or_else(String::new, |typing| typing.line.text().to_owned())
}

fn words(model: &Model) -> Vec<String> {
    let typing = model.palette.typing().expect("it is open");
    let choices = typing.choices.choices.iter();
    choices.map(|choice| choice.word.clone()).collect()
}

#[test]
fn a_task_is_asked_by_number_name_or_part_of_its_id() {
    for (typed, number) in [
        ("suspend 2", 2),
        ("suspend export", 1),
        ("suspend 'reindex the year'", 4),
        ("suspend 01a20c16-4151-732a-8034-000000000005", 5),
        ("suspend 8034-000000000005", 5),
    ] {
        let mut model = list();
        assert_eq!(numbers(&asked(enter(&mut model, typed))), [number]);
        assert!(model.palette.typing().is_none(), "it closes");
    }
}

#[test]
fn a_reason_goes_with_the_request() {
    let mut model = list();
    let request = asked(enter(&mut model, "suspend 2 --reason 'the disk is full'"));
    assert_eq!(request.reason.as_deref(), Some("the disk is full"));
}

#[test]
fn several_tasks_terminate_and_force_are_confirmed_in_the_dialogue() {
    for typed in [
        "suspend 1 2",
        "resume 1 2",
        "terminate 1",
        "suspend 1 --force",
    ] {
        let mut model = list();
        assert_eq!(enter(&mut model, typed), [], "{typed}");
        assert!(model.dialogue.is_some(), "{typed}");
        asked(update(&mut model, Message::Key(chord("y"))));
    }
    let mut model = list();
    enter(&mut model, "terminate 3 1 3 --no-hooks --reason 'no use'");
    let request = asked(update(&mut model, Message::Key(chord("y"))));
    assert_eq!(numbers(&request), [3, 1]);
    assert_eq!(request.hooks, Hooks::PassOver);
    assert_eq!(request.reason.as_deref(), Some("no use"));
}

#[test]
fn what_becomes_of_what_is_done_is_asked_with_a_termination() {
    for (typed, done) in [
        ("terminate 2 --keep", Done::Keep),
        ("terminate 2 --rollback", Done::Undo(None)),
        (
            "terminate 2 '--rollback=./undo.sh all'",
            Done::Undo(Some("./undo.sh all".into())),
        ),
        ("rollback 2 --reason mended", Done::TryAgain),
    ] {
        let mut model = list();
        assert_eq!(enter(&mut model, typed), [], "{typed}");
        let dialogue = model.dialogue.as_ref().expect("a termination asks");
        let command = dialogue.command("S");
        assert!(
            command.starts_with(&format!("longhaul {typed}")),
            "{command}"
        );
        let request = asked(update(&mut model, Message::Key(chord("y"))));
        assert_eq!(numbers(&request), [2]);
        assert_eq!((request.want, request.done), (Desired::Terminate, done));
    }
    let why = error(&mut list(), "terminate 2 --keep --rollback=true");
    assert!(why.contains("cannot be used with"), "{why}");
}

#[test]
fn rollbacks_that_failed_are_offered_to_be_tried_again() {
    let tasks = [
        task(1, |row| {
            fixtures::undone(row, (1, 9), RollbackStage::Failed);
        }),
        task(2, |row| fixtures::undone(row, (1, 9), RollbackStage::Begun)),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &tasks);
    press(&mut model, ":");
    fixtures::type_text(&mut model, "rollback ");
    assert_eq!(words(&model), ["1"]);
}

#[test]
fn without_a_task_the_marked_ones_are_meant_else_the_one_under_the_cursor() {
    let mut model = list();
    press(&mut model, "j");
    assert_eq!(numbers(&asked(enter(&mut model, "suspend"))), [4]);
    press(&mut model, "space space");
    assert_eq!(enter(&mut model, "suspend --reason both"), []);
    let request = asked(update(&mut model, Message::Key(chord("y"))));
    assert_eq!(numbers(&request), [3, 4]);
    enter(&mut model, "log 1");
    assert_eq!(numbers(&asked(enter(&mut model, "suspend"))), [1]);
    press(&mut model, "w");
    let why = error(&mut model, "suspend");
    assert!(why.contains("name one"), "{why}");
}

#[test]
fn what_is_wrong_is_said_in_place_and_nothing_is_asked() {
    let mut model = list();
    for (typed, said) in [
        ("suspend 77", "there is no task 77"),
        ("suspend nobody", "there is no task nobody"),
        ("suspend import", "import can mean several tasks: 2, 3"),
        ("suspend 1 nobody", "there is no task nobody"),
        ("suspend 'import", "a quote is not closed"),
        ("suspend 1 --wait", "--wait is the command line's"),
        ("suspend 1 --wrong", "unexpected argument '--wrong'"),
        ("suspnd 1", "'suspend'"),
        ("pause 1", "it is called `suspend`"),
        ("kill 1", "it is called `terminate --force`"),
        (
            "submit -- true",
            "a command is the command line's: longhaul submit",
        ),
        ("sort colour", "there is no column colour; there are number"),
        ("filter stat:run", "stat"),
        ("quit now", "unexpected argument 'now'"),
        ("--json", "unexpected argument"),
    ] {
        let why = error(&mut model, typed);
        assert!(why.contains(said), "{typed}: {why}");
        assert!(!why.contains('\n'), "{typed}: {why}");
        assert!(model.dialogue.is_none());
    }
}

#[test]
fn what_is_typed_stays_with_its_error_until_it_is_changed() {
    let mut model = list();
    enter(&mut model, "suspend 77");
    assert_eq!(typed(&model), "suspend 77");
    press(&mut model, "backspace");
    let typing = model.palette.typing().expect("it is open");
    assert_eq!(typing.error, None);
}

#[test]
fn every_action_can_be_typed_by_its_name() {
    for action in Action::ALL {
        if *action == Action::Palette {
            continue;
        }
        let mut model = list();
        if action.is_of_pages() {
            let why = error(&mut model, action.name());
            assert!(why.contains("is for a page"), "{why}");
            enter(&mut model, "log");
        }
        let effects = enter(&mut model, action.name());
        let types = matches!(action, Action::Priority | Action::Comment);
        let open = model.palette.typing().is_some();
        assert_eq!(open, types, "{}", action.name());
        match action {
            Action::Quit => assert_eq!(effects, [Effect::Quit]),
            Action::Redraw => assert_eq!(effects, [Effect::Redraw]),
            Action::Help => assert!(model.help.is_some()),
            Action::Filter => assert!(model.filter.is_open()),
            Action::Terminate | Action::ForceSuspend => assert!(model.dialogue.is_some()),
            _ => {}
        }
    }
}

#[test]
fn pages_open_for_the_task_that_is_named() {
    let mut model = list();
    enter(&mut model, "log export");
    assert!(matches!(model.pages.top(), Some(Page::Log(log)) if log.task.0 == 1));
    enter(&mut model, "logs 2");
    assert!(matches!(model.pages.top(), Some(Page::Log(log)) if log.task.0 == 2));
    enter(&mut model, "failures 3");
    assert!(matches!(model.pages.top(), Some(Page::Failures(page)) if page.task.0 == 3));
    enter(&mut model, "events 4");
    let of = |task: u64| Some(TaskNumber(task));
    assert!(matches!(model.pages.top(), Some(Page::Events(page)) if page.task == of(4)));
    enter(&mut model, "workers");
    assert!(matches!(model.pages.top(), Some(Page::Workers(_))));
    enter(&mut model, "3");
    assert_eq!(model.tasks.selected().map(|row| row.number.0), Some(3));
    enter(&mut model, "show 2");
    assert!(model.pages.top().is_none() && model.pages.detail.is_some());
    assert_eq!(model.tasks.selected().map(|row| row.number), of(2));
    assert_eq!(enter(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn the_list_is_filtered_sorted_and_marked() {
    let mut model = list();
    enter(&mut model, "workers");
    enter(&mut model, "filter import !\"of the year\"");
    assert!(model.pages.top().is_none());
    assert_eq!(model.tasks.listed(), 2);
    enter(&mut model, "sort name");
    assert_eq!(model.tasks.sort().by, SortBy::Name);
    assert_eq!(model.tasks.sort().direction, Direction::Ascending);
    enter(&mut model, "sort NR");
    assert_eq!(model.tasks.sort().by, SortBy::Number);
    enter(&mut model, "sort Name --reverse");
    assert_eq!(model.tasks.sort().direction, Direction::Descending);
    enter(&mut model, "mark 1 export 2");
    let marked: Vec<_> = model.marks.iter().map(|task| task.0).collect();
    assert_eq!(marked, [1, 2]);
}

#[test]
fn tab_completes_commands_options_and_tasks() {
    let mut model = list();
    press(&mut model, ": s u s tab");
    assert_eq!(typed(&model), "suspend ");
    assert_eq!(words(&model), ["5", "4", "3", "2", "1"]);
    fixtures::type_text(&mut model, "ex");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "suspend export ");
    fixtures::type_text(&mut model, "rei");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "suspend export 'reindex the year' ");
    fixtures::type_text(&mut model, "--forc");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "suspend export 'reindex the year' --force ");
    fixtures::type_text(&mut model, "--r");
    assert_eq!(words(&model), ["--reason"]);
    press(&mut model, "tab");
    assert_eq!(words(&model), Vec::<String>::new(), "a reason is anything");
}

#[test]
fn tab_goes_as_far_as_is_certain_and_then_from_one_choice_to_the_next() {
    let mut model = list();
    press(&mut model, ": f o r tab");
    assert_eq!(typed(&model), "force-");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "force-suspend");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "force-terminate");
    press(&mut model, "tab");
    assert_eq!(typed(&model), "force-suspend");
    let back = KeyEvent::from(KeyCode::BackTab);
    update(&mut model, Message::Key(back));
    assert_eq!(typed(&model), "force-terminate");
}

#[test]
fn what_a_task_has_already_is_not_offered() {
    let rows = [
        task(1, |row| {
            running(row, 1, 9, 1.0);
            row.spec.name = "on".into();
        }),
        task(2, |row| row.wish.desired = Desired::Suspend),
        task(3, |row| {
            row.state.word = longhaul_common::state::StateWord::Terminate;
        }),
    ];
    let mut model = fixtures::filled(80, 24, THEME, &rows);
    press(&mut model, ":");
    fixtures::type_text(&mut model, "suspend ");
    assert_eq!(words(&model), ["1"]);
    press(&mut model, "^u");
    fixtures::type_text(&mut model, "resume ");
    assert_eq!(words(&model), ["2"]);
}

#[test]
fn what_was_typed_comes_again() {
    let mut model = list();
    enter(&mut model, "workers");
    enter(&mut model, "filter import");
    press(&mut model, ": q up");
    assert_eq!(typed(&model), "filter import");
    press(&mut model, "up");
    assert_eq!(typed(&model), "workers");
    press(&mut model, "up down down");
    assert_eq!(typed(&model), "q");
}

#[test]
fn it_closes_with_esc_and_when_nothing_is_left_to_remove() {
    for keys in [": q esc", ": q backspace backspace", ": ^c"] {
        let mut model = list();
        press(&mut model, keys);
        assert!(model.palette.typing().is_none(), "{keys}");
    }
    let mut model = list();
    assert_eq!(enter(&mut model, ""), []);
    assert!(model.palette.typing().is_none());
}

#[test]
fn where_one_may_only_look_nothing_is_asked() {
    let mut model = list();
    model.options.access = Access::ReadOnly;
    assert_eq!(enter(&mut model, "suspend 1"), []);
    assert_eq!(enter(&mut model, "undo"), []);
    let shown = fixtures::screen(&model).to_string();
    assert!(shown.contains("open to look only"), "{shown}");
}

#[test]
fn the_task_of_a_process_is_gone_to_and_what_was_found_is_said() {
    let mut model = list();
    let asked = Reading::Whose(4711.into());
    assert_eq!(enter(&mut model, "whose 4711"), [Effect::Read(asked)]);
    enter(&mut model, "log 5");
    enter(&mut model, "filter export");
    let whose = |task, told: Result<&str, &str>| {
        News::Whose(WhoseNews {
            task,
            told: told.map(Into::into).map_err(Into::into),
        })
    };
    let found = "process 4711 (sh) works for task 2 (import): batch 0";
    fixtures::tell(&mut model, whose(Some(TaskNumber(2)), Ok(found)));
    let selected = model.tasks.selected().map(|row| row.number);
    assert_eq!(selected, Some(TaskNumber(2)));
    assert!(model.pages.top().is_none());
    assert_eq!(
        model.toasts.last().map(|toast| toast.text.as_str()),
        Some(found)
    );
    let nothing = "there is no process 4711";
    fixtures::tell(&mut model, whose(None, Err(nothing)));
    assert_eq!(
        model.toasts.above().last().map(|toast| toast.text.as_str()),
        Some(nothing)
    );
    let unread = News::Unread(asked, "the store is not open".into());
    fixtures::tell(&mut model, unread);
    let said = model.toasts.above().last().map(|toast| toast.text.as_str());
    assert!(said.is_some_and(|said| said.contains("4711")), "{said:?}");
    assert!(error(&mut model, "whose export").contains("export"));
}

#[test]
fn a_suspension_that_ends_by_itself_says_when_and_is_asked_so() {
    let mut model = list();
    let request = asked(enter(&mut model, "suspend export --for 2h"));
    let in_two_hours = fixtures::NOW.after(std::time::Duration::from_secs(7200));
    assert_eq!(request.until, Some(in_two_hours));
    enter(&mut model, "suspend 1 2 --until '2026-12-01 06:30'");
    let dialogue = model.dialogue.as_ref().expect("two are asked about");
    let shown = fixtures::screen(&model).to_string();
    assert!(
        shown.contains("it ends by itself at 2026-12-01 06:30"),
        "{shown}"
    );
    let command = dialogue.command("/var/lib/longhaul");
    assert!(
        command.contains(" --until 2026-12-01T06:30:00"),
        "{command}"
    );
    let request = asked(update(&mut model, Message::Key(chord("y"))));
    assert!(request.until.is_some());
    for (typed, said) in [
        ("suspend 1 --for 0s", "no suspension"),
        ("suspend 1 --until 2020-01-01T00:00:00Z", "is over"),
        ("suspend 1 --until soon", "is no time"),
    ] {
        let why = error(&mut model, typed);
        assert!(why.contains(said), "{typed}: {why}");
    }
}
