//! Colours and signs.

use longhaul_common::safe_text::{fit, safe};
use ratatui::style::{Color, Modifier, Style};

use crate::output::paint::Tone;

/// How things look on this terminal. Meaning is never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) colors: Colors,
    pub(crate) charset: Charset,
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    /// Of the terminal's own sixteen.
    Sixteen(Palette),
    /// `NO_COLOR`: bold, dim and reverse only.
    None,
}

/// The colour of what is told in one. What is not, is not coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    pub(crate) good: Color,
    pub(crate) attention: Color,
    pub(crate) bad: Color,
}

impl Default for Palette {
    fn default() -> Self {
        Self::USUAL
    }
}

impl Palette {
    pub(crate) const USUAL: Self = Self {
        good: Color::Green,
        attention: Color::Yellow,
        bad: Color::Red,
    };
}

/// One of the sixteen colours by its name.
pub(crate) fn color(name: &str) -> Option<Color> {
    Some(match name {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}

/// What the signs of our own are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Unicode,
    Ascii,
}

impl Charset {
    /// What the locale promises: its first variable that says something decides, and saying nothing
    /// is the C locale.
    pub(crate) fn of_locale(
        lc_all: Option<&str>,
        lc_ctype: Option<&str>,
        lang: Option<&str>,
    ) -> Self {
        let told = [lc_all, lc_ctype, lang]
            .into_iter()
            .flatten()
            .find(|value| !value.is_empty());
        let codeset = told
            .and_then(|value| value.split_once('.'))
            .map_or("", |(_, codeset)| codeset.split('@').next().unwrap_or(""));
        if codeset.eq_ignore_ascii_case("utf-8") || codeset.eq_ignore_ascii_case("utf8") {
            Self::Unicode
        } else {
            Self::Ascii
        }
    }
}

/// The signs that are drawn. All of them take one column, but the arrow.
#[derive(Debug)]
pub(crate) struct Signs {
    /// From a state to the one that is wanted.
    pub(crate) arrow: &'static str,
    /// Stands before a marked task.
    pub(crate) mark: &'static str,
    /// Stands before what needs the operator.
    pub(crate) attention: &'static str,
    pub(crate) ascending: &'static str,
    pub(crate) descending: &'static str,
    /// A bar's columns: full, half full and empty.
    pub(crate) full: &'static str,
    pub(crate) half: &'static str,
    pub(crate) empty: &'static str,
    /// Ends what was cut.
    pub(crate) ellipsis: &'static str,
    pub(crate) horizontal: &'static str,
    pub(crate) vertical: &'static str,
    pub(crate) top_left: &'static str,
    pub(crate) top_right: &'static str,
    pub(crate) bottom_left: &'static str,
    pub(crate) bottom_right: &'static str,
    /// The scroll bar's thumb and track.
    pub(crate) thumb: &'static str,
    pub(crate) track: &'static str,
    /// Columns of a course, the lowest first.
    pub(crate) course: [&'static str; 8],
}

const UNICODE: Signs = Signs {
    arrow: "→",
    mark: "●",
    attention: "▲",
    ascending: "▲",
    descending: "▼",
    full: "█",
    half: "▌",
    empty: "░",
    ellipsis: "…",
    horizontal: "─",
    vertical: "│",
    top_left: "┌",
    top_right: "┐",
    bottom_left: "└",
    bottom_right: "┘",
    thumb: "█",
    track: "│",
    course: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

const ASCII: Signs = Signs {
    arrow: "->",
    mark: "*",
    attention: "!",
    ascending: "^",
    descending: "v",
    full: "#",
    half: "+",
    empty: "-",
    ellipsis: "~",
    horizontal: "-",
    vertical: "|",
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    thumb: "#",
    track: "|",
    course: ["_", ".", ",", "-", "=", "+", "*", "#"],
};

impl Theme {
    /// The signs of this terminal.
    pub(crate) fn signs(self) -> &'static Signs {
        match self.charset {
            Charset::Unicode => &UNICODE,
            Charset::Ascii => &ASCII,
        }
    }

    pub(crate) fn tone(self, tone: Tone) -> Style {
        let colored = |color: fn(Palette) -> Color| match self.colors {
            Colors::Sixteen(palette) => Style::new().fg(color(palette)),
            Colors::None => Style::new(),
        };
        match tone {
            Tone::Plain => Style::new(),
            Tone::Good => colored(|palette| palette.good),
            Tone::Attention => colored(|palette| palette.attention),
            Tone::Bad => colored(|palette| palette.bad).add_modifier(Modifier::BOLD),
            Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
            Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// The row under the cursor.
    pub(crate) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A text from outside, safe and cut to so many columns, in this terminal's signs.
    pub(crate) fn fit(self, text: &str, columns: usize) -> String {
        match self.charset {
            Charset::Unicode => fit(text, columns),
            Charset::Ascii => fit(&self.plain(text), columns).replace('…', ASCII.ellipsis),
        }
    }

    /// A text from outside, safe, in this terminal's signs: where that is ASCII other characters
    /// are asked for in vain.
    pub(crate) fn plain(self, text: &str) -> String {
        let safe = safe(text);
        match self.charset {
            Charset::Unicode => safe.into_owned(),
            Charset::Ascii => {
                let arrowed = safe.replace('→', ASCII.arrow).replace('…', ASCII.ellipsis);
                if arrowed.is_ascii() {
                    arrowed
                } else {
                    let visible = |found: char| if found.is_ascii() { found } else { '?' };
                    arrowed.chars().map(visible).collect()
                }
            }
        }
    }

    /// A bar of so many columns, to half a column.
    pub(crate) fn bar(self, fraction: f64, columns: usize) -> String {
        let signs = self.signs();
        let halves = halves(fraction, columns);
        let (full, half) = (halves / 2, halves % 2);
        let mut bar = signs.full.repeat(full);
        bar.push_str(&signs.half.repeat(half));
        bar.push_str(&signs.empty.repeat(columns - full - half));
        bar
    }

    /// How a number went, a column each: the highest one is the largest there was.
    pub(crate) fn course(self, numbers: &[f64]) -> String {
        let signs = &self.signs().course;
        let most = numbers.iter().copied().fold(0.0, f64::max);
        let sign = |number: &f64| {
            // The largest of as many equal steps that it reaches.
            let step = (1..signs.len()).rev().find(|step| {
                *number * 8.0 > most * longhaul_common::progress::as_f64(*step as u64)
            });
            signs[step.unwrap_or(0)]
        };
        numbers.iter().map(sign).collect()
    }
}

/// How many half columns of a bar are full: none of what is not done.
fn halves(fraction: f64, columns: usize) -> usize {
    let most = columns * 2;
    (0..most)
        .rev()
        .find(|half| {
            let reached = longhaul_common::progress::as_f64(*half as u64 + 1);
            reached <= fraction * longhaul_common::progress::as_f64(most as u64)
        })
        .map_or(0, |half| half + 1)
}

#[cfg(test)]
mod tests;
