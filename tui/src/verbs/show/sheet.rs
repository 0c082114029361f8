//! A page of labelled lines.

use longhaul_common::safe_text::{safe, width};

use crate::output::paint::{Paint, Tone};

/// The columns of the labels.
const LABEL: usize = 11;

/// A page for people: what is put on it is made safe for the terminal.
pub(super) struct Sheet {
    text: String,
    paint: Paint,
}

impl Sheet {
    pub(super) fn new(paint: Paint) -> Self {
        Self {
            text: String::new(),
            paint,
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A line of its own; a section's title.
    pub(super) fn title(&mut self, title: &str) {
        let title = self.paint.paint(Tone::Strong, &safe(title));
        self.push(&title);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.push("");
    }

    /// What a label says; an empty label goes on with the one before.
    pub(super) fn field(&mut self, label: &str, text: &str) {
        self.toned(label, text, Tone::Plain);
    }

    pub(super) fn toned(&mut self, label: &str, text: &str, tone: Tone) {
        let blank = LABEL - width(label).min(LABEL - 1);
        let label = self.paint.paint(Tone::Quiet, label);
        let text = self.paint.paint(tone, &safe(text));
        self.push(&format!("{label}{:blank$}{text}", ""));
    }

    /// What a label says, if anything.
    pub(super) fn maybe(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.field(label, text);
        }
    }

    /// Lines that are safe and laid out already, moved in.
    pub(super) fn lines(&mut self, lines: &str) {
        for line in lines.lines() {
            self.push(&format!("  {line}"));
        }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}
