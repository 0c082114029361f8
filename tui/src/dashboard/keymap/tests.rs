use super::*;

#[test]
fn every_key_that_is_bound_is_found_by_the_name_that_help_shows() {
    for (chord, _) in KeyMap::default().bindings {
        assert_eq!(Chord::parse(&chord.to_string()), Some(chord), "{chord}");
    }
}

#[test]
fn no_key_has_two_actions() {
    let keys = KeyMap::default();
    for (chord, _) in &keys.bindings {
        assert_eq!(keys.actions(*chord).count(), 1, "{chord}");
    }
}

#[test]
fn names_of_keys_are_understood() {
    let code = |name| Chord::parse(name).map(|chord| (chord.code, chord.modifiers));
    let plain = KeyModifiers::NONE;
    assert_eq!(code("f12"), Some((KeyCode::F(12), plain)));
    assert_eq!(code("^"), Some((KeyCode::Char('^'), plain)));
    assert_eq!(code("f"), Some((KeyCode::Char('f'), plain)));
    assert_eq!(code("ä"), Some((KeyCode::Char('ä'), plain)));
    assert_eq!(
        code("^a"),
        Some((KeyCode::Char('a'), KeyModifiers::CONTROL))
    );
    for wrong in ["", "^A", "^^", "f13", "f0", "fä", "ss", "ctrl-a", "\n"] {
        assert_eq!(code(wrong), None, "{wrong:?}");
    }
}
