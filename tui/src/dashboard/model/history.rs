//! What was typed before in a line.

/// The most that is remembered.
const MOST: usize = 50;

/// Texts that were typed, the oldest first, and which of them is looked at.
#[derive(Debug, Default)]
pub(crate) struct History {
    texts: Vec<String>,
    /// Which one, and what was being typed before going there.
    recalled: Option<(usize, String)>,
}

impl History {
    /// Remembers a text; one that is known already becomes the newest.
    pub(crate) fn remember(&mut self, text: &str) {
        self.recalled = None;
        if text.is_empty() {
            return;
        }
        self.texts.retain(|known| known != text);
        self.texts.push(text.to_owned());
        if self.texts.len() > MOST {
            self.texts.remove(0);
        }
    }

    /// A line is opened: its history is looked at from the end.
    pub(crate) fn begin(&mut self) {
        self.recalled = None;
    }

    /// Goes back; None: there is nothing older.
    pub(crate) fn older(&mut self, typed: &str) -> Option<&str> {
        let (at, draft) = match self.recalled.take() {
            Some(recalled) => recalled,
            None => (self.texts.len(), typed.to_owned()),
        };
        let older = at.checked_sub(1);
        self.recalled = Some((older.unwrap_or(at), draft));
        self.texts.get(older?).map(String::as_str)
    }

    /// Comes on again, at last to what was being typed; None: that is where one is.
    pub(crate) fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.recalled.take()?;
        match self.texts.get(at + 1) {
            Some(text) => {
                self.recalled = Some((at + 1, draft));
                Some(text.clone())
            }
            None => Some(draft),
        }
    }
}
