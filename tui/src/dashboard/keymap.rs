//! Which key does what.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;

/// A key with its modifiers. Shift is in the character where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Chord {
    pub(crate) code: KeyCode,
    pub(crate) modifiers: KeyModifiers,
}

impl Chord {
    pub(crate) fn of(key: KeyEvent) -> Self {
        let modifiers = match key.code {
            KeyCode::Char(_) => key.modifiers - KeyModifiers::SHIFT,
            _ => key.modifiers,
        };
        Self {
            code: key.code,
            modifiers,
        }
    }

    /// A key by the name that help shows: a character, `^` before a letter, a word.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Some(Self::plain(*code));
        }
        let mut letters = name.chars();
        match (letters.next()?, letters.next(), letters.next()) {
            (letter, None, None) if !letter.is_control() => {
                Some(Self::plain(KeyCode::Char(letter)))
            }
            ('^', Some(letter), None) if letter.is_ascii_lowercase() => Some(Self::control(letter)),
            ('f', Some(_), _) => match name[1..].parse() {
                Ok(number @ 1..=12) => Some(Self::plain(KeyCode::F(number))),
                Ok(_) | Err(_) => None,
            },
            _ => None,
        }
    }

    /// The words for keys that are no character.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name).chain(["f1 to f12"])
    }

    const fn plain(code: KeyCode) -> Self {
        Self {
            code,
            modifiers: KeyModifiers::NONE,
        }
    }

    const fn control(letter: char) -> Self {
        Self {
            code: KeyCode::Char(letter),
            modifiers: KeyModifiers::CONTROL,
        }
    }
}

/// The keys that have names.
const NAMED: [(&str, KeyCode); 14] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
];

/// The keys and their actions; an action may have several, the first one is shown.
#[derive(Debug, PartialEq)]
pub(crate) struct KeyMap {
    bindings: Vec<(Chord, Action)>,
}

impl Default for KeyMap {
    fn default() -> Self {
        let char = |letter| Chord::plain(KeyCode::Char(letter));
        Self {
            bindings: vec![
                (char('k'), Action::Up),
                (Chord::plain(KeyCode::Up), Action::Up),
                (char('j'), Action::Down),
                (Chord::plain(KeyCode::Down), Action::Down),
                (Chord::control('u'), Action::PageUp),
                (Chord::plain(KeyCode::PageUp), Action::PageUp),
                (Chord::control('d'), Action::PageDown),
                (Chord::plain(KeyCode::PageDown), Action::PageDown),
                (char('g'), Action::First),
                (Chord::plain(KeyCode::Home), Action::First),
                (char('G'), Action::Last),
                (Chord::plain(KeyCode::End), Action::Last),
                (char('n'), Action::NextMatch),
                (char('N'), Action::PreviousMatch),
                (char('a'), Action::NextAttention),
                (char('A'), Action::PreviousAttention),
                (Chord::plain(KeyCode::Char(' ')), Action::Mark),
                (char('*'), Action::MarkAll),
                (char('s'), Action::Suspend),
                (char('r'), Action::Resume),
                (char('t'), Action::Terminate),
                (char('S'), Action::ForceSuspend),
                (char('T'), Action::ForceTerminate),
                (char('+'), Action::RaiseRate),
                (char('-'), Action::LowerRate),
                (char('p'), Action::Priority),
                (char('i'), Action::Submit),
                (char('c'), Action::Comment),
                (char('u'), Action::Undo),
                (char('/'), Action::Filter),
                (char('o'), Action::Sort),
                (char('O'), Action::ReverseSort),
                (char('z'), Action::Freeze),
                (Chord::plain(KeyCode::Enter), Action::Detail),
                (Chord::plain(KeyCode::Tab), Action::NextPane),
                (char('l'), Action::Log),
                (char('f'), Action::Failures),
                (char('e'), Action::Events),
                (char('w'), Action::Workers),
                (char('y'), Action::CopyId),
                (char('F'), Action::Follow),
                (char('W'), Action::Wrap),
                (char('v'), Action::Columns),
                (Chord::plain(KeyCode::Left), Action::Left),
                (Chord::plain(KeyCode::Right), Action::Right),
                (char(':'), Action::Palette),
                (char('?'), Action::Help),
                (Chord::plain(KeyCode::Esc), Action::Close),
                (Chord::control('l'), Action::Redraw),
                (Chord::control('z'), Action::ToShell),
                (char('q'), Action::Quit),
                (Chord::control('c'), Action::Quit),
            ],
        }
    }
}

impl KeyMap {
    /// What a key does.
    pub(crate) fn action(&self, chord: Chord) -> Option<Action> {
        self.bindings
            .iter()
            .find(|(bound, _)| *bound == chord)
            .map(|(_, action)| *action)
    }

    /// Binds an action to these keys and to no others.
    pub(crate) fn bind(&mut self, action: Action, chords: Vec<Chord>) {
        self.bindings.retain(|(_, bound)| *bound != action);
        let new = chords.into_iter().map(|chord| (chord, action));
        self.bindings.extend(new);
    }

    /// The actions of a key: more than one are a mistake.
    pub(crate) fn actions(&self, chord: Chord) -> impl Iterator<Item = Action> {
        self.bindings
            .iter()
            .filter(move |(bound, _)| *bound == chord)
            .map(|(_, action)| *action)
    }

    /// The keys of an action.
    pub(crate) fn chords(&self, wanted: Action) -> impl Iterator<Item = Chord> {
        self.bindings
            .iter()
            .filter(move |(_, action)| *action == wanted)
            .map(|(chord, _)| *chord)
    }

    /// The key that is shown for an action.
    pub(crate) fn shown(&self, action: Action) -> String {
        let first = self.chords(action).next();
        first.map_or_else(String::new, |chord| chord.to_string())
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("^")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests;
