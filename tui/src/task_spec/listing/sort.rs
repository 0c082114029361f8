//! Sorts more than should be held in memory: runs that fit are sorted and put aside, then merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

/// So much of paths is sorted in memory.
const RUN: usize = 8 << 20;
/// So many runs are merged at once: each has a descriptor and a buffer.
const WAYS: usize = 64;
const BUFFER: usize = 32 << 10;

/// Texts without NUL bytes on their way into order.
pub(super) struct Sorter {
    folder: PathBuf,
    /// The texts of the run, one after the other, and where each of them is.
    texts: Vec<u8>,
    places: Vec<(u32, u32)>,
    runs: Vec<File>,
    run: usize,
}

impl Sorter {
    /// Runs are put aside in `folder`, without a name.
    pub(super) fn new(folder: &Path) -> Self {
        Self::with_runs_of(RUN, folder)
    }

    fn with_runs_of(run: usize, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            // At once: growing would double it.
            texts: Vec::with_capacity(run.min(RUN)),
            places: Vec::new(),
            runs: Vec::new(),
            run,
        }
    }

    pub(super) fn push(&mut self, text: &[u8]) -> io::Result<()> {
        // What finds a text costs as much memory as a short one.
        let held = self.texts.len() + self.places.len() * size_of::<(u32, u32)>();
        if held + text.len() > self.run && !self.places.is_empty() {
            self.put_aside()?;
        }
        let place = |at: usize| u32::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge);
        let from = place(self.texts.len())?;
        self.texts.extend_from_slice(text);
        self.places.push((from, place(self.texts.len())?));
        Ok(())
    }

    /// Writes all of them in order, each with a NUL byte after it, and says how many there are.
    pub(super) fn write(mut self, out: &mut File) -> io::Result<u64> {
        if self.runs.is_empty() {
            return self.write_run(out);
        }
        self.put_aside()?;
        merge(std::mem::take(&mut self.runs), out)
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let mut run = tempfile::tempfile_in(&self.folder)?;
        self.write_run(&mut run)?;
        self.runs.push(run);
        if self.runs.len() == WAYS {
            let mut merged = tempfile::tempfile_in(&self.folder)?;
            merge(std::mem::take(&mut self.runs), &mut merged)?;
            self.runs.push(merged);
        }
        Ok(())
    }

    fn write_run(&mut self, out: &mut File) -> io::Result<u64> {
        let texts = &self.texts;
        let text = |(from, to): (u32, u32)| &texts[from as usize..to as usize];
        self.places.sort_unstable_by(|a, b| text(*a).cmp(text(*b)));
        let mut out = BufWriter::with_capacity(BUFFER, out);
        for place in &self.places {
            out.write_all(text(*place))?;
            out.write_all(b"\0")?;
        }
        out.flush()?;
        let count = self.places.len() as u64;
        self.texts.clear();
        self.places.clear();
        Ok(count)
    }
}

/// Merges runs that are in order.
fn merge(runs: Vec<File>, out: &mut File) -> io::Result<u64> {
    let mut readers = Vec::with_capacity(runs.len());
    let mut heads = BinaryHeap::with_capacity(runs.len());
    for (number, mut run) in runs.into_iter().enumerate() {
        run.rewind()?;
        let mut reader = BufReader::with_capacity(BUFFER, run);
        let mut text = Vec::new();
        if reader.read_until(b'\0', &mut text)? > 0 {
            heads.push(Reverse((text, number)));
        }
        readers.push(reader);
    }
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let mut count = 0;
    while let Some(mut head) = heads.peek_mut() {
        let Reverse((text, number)) = &mut *head;
        out.write_all(text)?;
        count += 1;
        text.clear();
        if readers[*number].read_until(b'\0', text)? == 0 {
            std::collections::binary_heap::PeekMut::pop(head);
        }
    }
    out.flush()?;
    Ok(count)
}

#[cfg(test)]
mod tests;
