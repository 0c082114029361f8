//! Colours and signs.

use ratatui::style::{Color, Modifier, Style};

use crate::output::paint::Tone;

/// How things look on this terminal. Meaning is never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) colors: Colors,
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    /// The terminal's own sixteen.
    Sixteen,
    /// `NO_COLOR`: bold, dim and reverse only.
    None,
}

impl Theme {
    pub(crate) fn tone(self, tone: Tone) -> Style {
        let colored = |color| match self.colors {
            Colors::Sixteen => Style::new().fg(color),
            Colors::None => Style::new(),
        };
        match tone {
            Tone::Plain => Style::new(),
            Tone::Good => colored(Color::Green),
            Tone::Attention => colored(Color::Yellow),
            Tone::Bad => colored(Color::Red).add_modifier(Modifier::BOLD),
            Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
            Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// The row under the cursor.
    pub(crate) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
