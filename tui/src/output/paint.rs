//! Colours, of the terminal's own sixteen, and sparingly: none of them means anything that the
//! words don't say.

/// How something is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As everything.
    #[default]
    Plain,
    /// A title.
    Strong,
    /// Of less interest.
    Quiet,
    /// As it should be.
    Good,
    /// Worth a look.
    Attention,
    /// Went wrong.
    Bad,
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Quiet => Some("2"),
            Self::Good => Some("32"),
            Self::Attention => Some("33"),
            Self::Bad => Some("31"),
        }
    }
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Colors,
    Nothing,
}

impl Paint {
    /// The text in a tone. The text is safe already.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        match (self, tone.code()) {
            (Self::Colors, Some(code)) if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}
