//! A cursor in a list of lines, and the window around it.

/// Which line of a list the cursor is on, and which come on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Browse {
    cursor: usize,
    first: usize,
    lines: usize,
}

impl Browse {
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// The first line that is on the screen.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// How many lines the screen has.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Moves the cursor by so many of `count` lines.
    pub(crate) fn step(&mut self, by: isize, count: usize) {
        self.go_to(self.cursor.saturating_add_signed(by), count);
    }

    /// Puts the cursor on one of `count` lines.
    pub(crate) fn go_to(&mut self, line: usize, count: usize) {
        self.cursor = line.min(count.saturating_sub(1));
        self.scroll(count);
    }

    /// The screen has so many lines.
    pub(crate) fn fit(&mut self, lines: usize, count: usize) {
        self.lines = lines;
        self.go_to(self.cursor, count);
    }

    /// So many lines came before the first one: the screen shows what it showed.
    pub(crate) fn shift_down(&mut self, lines: usize) {
        self.cursor += lines;
        self.first += lines;
    }

    /// So many of the first lines went.
    pub(crate) fn shift_up(&mut self, lines: usize) {
        self.cursor = self.cursor.saturating_sub(lines);
        self.first = self.first.saturating_sub(lines);
    }

    fn scroll(&mut self, count: usize) {
        self.first = self
            .first
            .min(self.cursor)
            .max((self.cursor + 1).saturating_sub(self.lines))
            .min(count.saturating_sub(self.lines));
    }
}

#[cfg(test)]
mod tests;
