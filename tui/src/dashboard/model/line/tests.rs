use super::*;

fn press(line: &mut Line, code: KeyCode, modifiers: KeyModifiers) -> Typed {
    line.key(KeyEvent::new(code, modifiers))
}

fn control(line: &mut Line, letter: char) -> Typed {
    press(line, KeyCode::Char(letter), KeyModifiers::CONTROL)
}

fn plain(line: &mut Line, code: KeyCode) -> Typed {
    press(line, code, KeyModifiers::NONE)
}

#[test]
fn letters_go_in_where_the_cursor_stands() {
    let mut line = Line::of("stte");
    for _ in 0..2 {
        assert_eq!(plain(&mut line, KeyCode::Left), Typed::Same);
    }
    assert_eq!(plain(&mut line, KeyCode::Char('a')), Typed::Changed);
    assert_eq!((line.before(), line.behind()), ("sta", "te"));
}

#[test]
fn a_character_with_its_marks_is_one_step_and_one_removal() {
    let mut line = Line::of("ae\u{301}👩‍🚀");
    plain(&mut line, KeyCode::Left);
    assert_eq!(line.behind(), "👩‍🚀");
    plain(&mut line, KeyCode::Backspace);
    assert_eq!(line.text(), "a👩‍🚀");
    plain(&mut line, KeyCode::Delete);
    assert_eq!(line.text(), "a");
}

#[test]
fn words_are_left_and_removed_as_in_a_shell() {
    let mut line = Line::of("state:run  kind:import ");
    assert_eq!(control(&mut line, 'w'), Typed::Changed);
    assert_eq!(line.text(), "state:run  ");
    press(&mut line, KeyCode::Left, KeyModifiers::CONTROL);
    assert_eq!(line.before(), "");
    press(&mut line, KeyCode::Right, KeyModifiers::CONTROL);
    assert_eq!(line.before(), "state:run");
    control(&mut line, 'k');
    assert_eq!(line.text(), "state:run");
    control(&mut line, 'u');
    assert_eq!(line, Line::default());
    assert_eq!(control(&mut line, 'w'), Typed::Same);
}

#[test]
fn a_line_takes_so_much_and_no_more() {
    let mut line = Line::of("x".repeat(LONGEST - 1));
    assert_eq!(plain(&mut line, KeyCode::Char('é')), Typed::Same);
    assert_eq!(plain(&mut line, KeyCode::Char('y')), Typed::Changed);
    assert_eq!(line.text().len(), LONGEST);
}

#[test]
fn keys_that_end_a_line_are_for_others() {
    let mut line = Line::of("x");
    for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Up, KeyCode::Tab] {
        assert_eq!(plain(&mut line, code), Typed::Other);
    }
}
