//! A stream of bytes as lines.

/// The longest piece [`LineSplitter`] hands out, in bytes.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Turns the chunks of a stream into lines, however they are cut. A line longer than
/// [`LONGEST_LINE`] comes in pieces of that length, so that a program which never ends its line
/// costs no more memory.
#[derive(Debug, Default)]
pub struct LineSplitter {
    partial: Vec<u8>,
}

impl LineSplitter {
    /// One splitter serves one stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next chunk and hands every line that is complete now to `line`, without its
    /// newline.
    pub fn push(&mut self, mut chunk: &[u8], line: &mut dyn FnMut(&[u8])) {
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            if self.partial.is_empty() && end <= LONGEST_LINE {
                line(&chunk[..end]);
            } else {
                self.extend(&chunk[..end], line);
                line(&self.partial);
                self.partial.clear();
            }
            chunk = &chunk[end + 1..];
        }
        self.extend(chunk, line);
    }

    /// The stream has ended: hands out what came after the last newline, if anything did.
    pub fn finish(self, line: &mut dyn FnMut(&[u8])) {
        if !self.partial.is_empty() {
            line(&self.partial);
        }
    }

    fn extend(&mut self, mut bytes: &[u8], line: &mut dyn FnMut(&[u8])) {
        // A full piece waits for the byte after it: if that is the newline, the piece was the whole
        // line, and no empty one follows.
        while self.partial.len() + bytes.len() > LONGEST_LINE {
            let (piece, rest) = bytes.split_at(LONGEST_LINE - self.partial.len());
            self.partial.extend_from_slice(piece);
            line(&self.partial);
            self.partial.clear();
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests;
