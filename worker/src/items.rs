//! The items of a task by how they stand: done, left or failed. Read from its input again, a little at a
//! time, so that an input of any size takes the same memory.

mod walk;

use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{Input, TaskSpec};
use longhaul_common::store::{Ledger, Store};

use crate::process::Framing;
use crate::source::{self, Cursor, Part, PartsSource, Source, SourceError, position};
use walk::Walk;

/// Which items of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are done.
    Done,
    /// Those that are neither done nor failed.
    Left,
    /// Those that failed for good.
    Failed,
}

/// Items are handed over so many at a time.
const AT_ONCE: usize = 1000;

/// Why the items of a task can't be told.
#[derive(Debug, thiserror::Error)]
pub enum ItemsError {
    /// It has none of its own.
    #[error("task {0} has no input: its one batch has no items")]
    None(TaskNumber),
    /// Only its own program can read them.
    #[error("only a worker that knows the kind \"{kind}\" can read the items of task {task}")]
    Registered {
        /// The task.
        task: TaskNumber,
        /// Its kind.
        kind: String,
    },
    /// Each page says where the next one starts, and has no items of its own.
    #[error("the pages of task {0} can't be told from outside: only its command knows them")]
    Pages(TaskNumber),
    /// A cursor says nothing of its place in the input.
    #[error("what is done of task {0} can't be told from what is not")]
    Unordered(TaskNumber),
    /// They can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// The items of a task, as it stood when its ledger was read.
pub struct Items {
    task: TaskNumber,
    input: Input,
    ledger: Ledger,
    source: Box<dyn Source<Vec<u8>>>,
}

impl Items {
    /// Opens the input of a task.
    ///
    /// # Errors
    /// [`ItemsError`], where it has no items that could be read here.
    pub fn open(store: &Store, ledger: Ledger) -> Result<Self, ItemsError> {
        let spec = &ledger.row.spec;
        Ok(Self {
            task: spec.number,
            input: spec.input.clone(),
            source: open(store, spec)?,
            ledger,
        })
    }

    /// What comes before the items, as a command would read them: the header of a CSV file.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        self.source.head().to_vec()
    }

    /// What ends each item.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.source.framing()
    }

    /// Hands over these items in the order of the input.
    ///
    /// # Errors
    /// [`ItemsError`], and whatever `take` says; what was handed over until then is right.
    pub fn each<E: From<ItemsError>>(
        self,
        which: Which,
        mut take: impl FnMut(&[Vec<u8>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: SourceError| E::from(ItemsError::from(error));
        let parts = match which {
            Which::Done => return self.each_done(take),
            Which::Left => self.left()?,
            Which::Failed => self.failed()?,
        };
        let mut source = PartsSource::new(self.source, parts);
        let mut cursor = Cursor::default();
        while let Some(chunk) = source.read(&cursor, AT_ONCE).map_err(failed)? {
            take(&chunk.items)?;
            cursor = chunk.next;
        }
        Ok(())
    }

    fn failed(&self) -> Result<Vec<Part>, ItemsError> {
        let failures = self.ledger.failures.iter().map(Part::of);
        self.in_order(failures.collect())
    }

    fn left(&self) -> Result<Vec<Part>, ItemsError> {
        let planned = self.ledger.planned.iter().map(|(_, planned)| Part {
            cursor: Cursor(planned.cursor.to_vec()),
            items: Some(planned.items),
            places: Vec::new(),
        });
        let again = self.ledger.again.iter().map(Part::of);
        let mut parts = self.in_order(planned.chain(again).collect())?;
        let cursor = Cursor(self.ledger.row.progress.frontier().to_vec());
        let items = match &self.ledger.row.fed {
            // More may come, and there is no end that could be read.
            Some(fed) => Some(u128::from(fed.items).saturating_sub(self.position(&cursor)?)),
            None => None,
        };
        parts.push(Part {
            cursor,
            items: items.and_then(|items| u64::try_from(items).ok()),
            places: Vec::new(),
        });
        Ok(parts)
    }

    fn in_order(&self, parts: Vec<Part>) -> Result<Vec<Part>, ItemsError> {
        let mut placed = parts
            .into_iter()
            .map(|part| Ok((self.position(&part.cursor)?, part)))
            .collect::<Result<Vec<_>, ItemsError>>()?;
        placed.sort_by_key(|(position, _)| *position);
        Ok(placed.into_iter().map(|(_, part)| part).collect())
    }

    fn position(&self, cursor: &Cursor) -> Result<u128, ItemsError> {
        position(&self.input, cursor).ok_or(ItemsError::Unordered(self.task))
    }

    /// What is behind the cursor, but for what is planned or failed.
    fn each_done<E: From<ItemsError>>(
        mut self,
        mut take: impl FnMut(&[Vec<u8>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut gaps = Vec::new();
        for failure in self.ledger.failures.iter().chain(&self.ledger.again) {
            let places: Vec<u64> = failure.passed.iter().map(|item| item.place).collect();
            gaps.push((
                failure.cursor.to_vec(),
                failure.next.to_vec(),
                failure.items,
                places,
            ));
        }
        for (_, planned) in &self.ledger.planned {
            let (cursor, next) = (planned.cursor.to_vec(), planned.next.to_vec());
            gaps.push((cursor, next, planned.items, Vec::new()));
        }
        let mut placed = Vec::new();
        for (cursor, next, items, places) in gaps {
            let cursor = Cursor(cursor);
            placed.push((self.position(&cursor)?, Cursor(next), items, places));
        }
        placed.sort_by_key(|(position, ..)| *position);
        let end = Cursor(self.ledger.row.progress.frontier().to_vec());
        let end = self.position(&end)?;
        let mut walk = Walk::new(&mut *self.source, &self.input);
        for (start, next, items, places) in placed {
            walk.to(start, AT_ONCE, &mut take)?;
            if !places.is_empty() {
                let mut place = 0;
                let mut left = items;
                while left > 0 {
                    let size = usize::try_from(left).unwrap_or(usize::MAX).min(AT_ONCE);
                    let Some(read) = walk.read(size)? else { break };
                    left = left.saturating_sub(read.len() as u64);
                    let mut done = Vec::new();
                    for item in read {
                        if places.binary_search(&place).is_err() {
                            done.push(item);
                        }
                        place += 1;
                    }
                    take(&done)?;
                }
            }
            walk.go_to(next);
        }
        walk.to(end, AT_ONCE, &mut take)
    }
}

/// The numbers of the items at these cursors, counted from 1 in the whole input. None where it can't be
/// told. Of a file it takes a look at all that comes before.
#[must_use]
pub fn numbers(store: &Store, spec: &TaskSpec, cursors: &[&[u8]]) -> Vec<Option<u64>> {
    let of = |cursor: &&[u8]| position(&spec.input, &Cursor(cursor.to_vec()));
    let positions: Vec<Option<u128>> = cursors.iter().map(of).collect();
    if matches!(spec.input, Input::Range(_) | Input::Fed) {
        let number = |position: Option<u128>| u64::try_from(position? + 1).ok();
        return positions.into_iter().map(number).collect();
    }
    let mut order: Vec<(u128, usize)> = positions
        .iter()
        .enumerate()
        .filter_map(|(place, position)| Some(((*position)?, place)))
        .collect();
    order.sort_unstable();
    let mut numbers = vec![None; cursors.len()];
    let Ok(mut source) = open(store, spec) else {
        return numbers;
    };
    let mut walk = Walk::new(&mut *source, &spec.input);
    let mut behind = 0;
    for (position, place) in order {
        let counted: Result<(), ItemsError> = walk.to(position, AT_ONCE, |items| {
            behind += items.len() as u64;
            Ok(())
        });
        if counted.is_err() {
            break;
        }
        numbers[place] = Some(behind + 1);
    }
    numbers
}

fn open(store: &Store, spec: &TaskSpec) -> Result<Box<dyn Source<Vec<u8>>>, ItemsError> {
    if matches!(spec.input.whole(), Input::Pages) {
        return Err(ItemsError::Pages(spec.number));
    }
    if matches!(spec.input.whole(), Input::None) {
        return Err(if spec.work.is_registered() {
            ItemsError::Registered {
                task: spec.number,
                kind: spec.kind.clone(),
            }
        } else {
            ItemsError::None(spec.number)
        });
    }
    Ok(source::open(&spec.input, store, spec.number)?)
}
