//! How the items of a batch reach its command: as arguments, or on standard input.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;

mod room;

pub use room::ArgumentRoom;

/// What ends an item on standard input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// A newline.
    Lines,
    /// A carriage return and a newline.
    CrLf,
    /// A NUL byte.
    Null,
}

impl Framing {
    /// The bytes that end an item.
    #[must_use]
    pub fn end(self) -> &'static [u8] {
        match self {
            Self::Lines => b"\n",
            Self::CrLf => b"\r\n",
            Self::Null => b"\0",
        }
    }
}

/// Where the items of a batch go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Feed {
    /// They are arguments already; standard input is empty.
    Arguments,
    /// To standard input; see [`write_items`].
    Stdin,
}

/// A command line with its items in place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filled {
    /// The argument vector.
    pub args: Vec<OsString>,
    /// Where the items go.
    pub feed: Feed,
}

/// Why the items of a batch cannot be arguments.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FillError {
    /// Together they are more than the kernel takes.
    #[error(
        "{items} items as arguments need {needed} bytes, the system takes {room}; lower the batch size to {fits} or less"
    )]
    TooMany {
        /// How many items the batch has.
        items: usize,
        /// What the arguments need in all, in bytes.
        needed: usize,
        /// What the system leaves for them, in bytes.
        room: usize,
        /// How many of the batch's items, from its first on, would have found room.
        fits: usize,
    },
    /// What is no item is more than the kernel takes already.
    #[error(
        "the command and its environment leave no room for a single item as an argument; shorten them, or take the items on standard input instead of {{}}"
    )]
    NoRoom,
    /// One item is longer than any argument may be.
    #[error(
        "item {number} of the batch has {length} bytes, an argument at most {longest}; take the items on standard input instead of {{}}"
    )]
    TooLong {
        /// Which item, counted from 1.
        number: usize,
        /// Its length in bytes.
        length: usize,
        /// The longest argument in bytes.
        longest: usize,
    },
    /// An item holds a NUL byte, which no argument can.
    #[error(
        "item {number} of the batch holds a NUL byte, which no argument can; take the items on standard input instead of {{}}"
    )]
    NulByte {
        /// Which item, counted from 1.
        number: usize,
    },
    /// There is no first and no last.
    #[error("the batch has no items for {{first}} and {{last}}")]
    Empty,
}

/// Puts items into a command line: an argument that is exactly `{}` becomes all of them, an
/// argument each; `{first}` and `{last}` become the ends. Without any of the three the items are
/// meant for standard input. `args[0]`, the program's own name, is never replaced.
///
/// # Errors
///
/// If the items cannot be arguments: the kernel would refuse to start the program.
pub fn fill(args: &[OsString], items: &[Vec<u8>], room: ArgumentRoom) -> Result<Filled, FillError> {
    let slots: Vec<Slot<'_>> = args
        .iter()
        .enumerate()
        .map(|(at, arg)| Slot::of(at, arg))
        .collect();
    let places = slots
        .iter()
        .filter(|slot| matches!(slot, Slot::All))
        .count();
    let (first, last) = match (items.first(), items.last()) {
        (Some(first), Some(last)) => (first.as_slice(), last.as_slice()),
        _ if slots
            .iter()
            .any(|slot| matches!(slot, Slot::First | Slot::Last)) =>
        {
            return Err(FillError::Empty);
        }
        _ => (&[][..], &[][..]),
    };
    if slots.iter().all(|slot| matches!(slot, Slot::Fixed(_))) {
        return Ok(Filled {
            args: args.to_vec(),
            feed: Feed::Stdin,
        });
    }

    for (at, item) in items.iter().enumerate() {
        if places > 0 || at == 0 || at + 1 == items.len() {
            argument(at + 1, item, room)?;
        }
    }
    let mut filled = Vec::with_capacity(args.len() + places * items.len());
    let mut beside = 0;
    for slot in slots {
        let one = match slot {
            Slot::Fixed(arg) => arg,
            Slot::First => OsStr::from_bytes(first),
            Slot::Last => OsStr::from_bytes(last),
            Slot::All => {
                filled.extend(items.iter().map(|item| OsStr::from_bytes(item).to_owned()));
                continue;
            }
        };
        beside += ArgumentRoom::taken_by(one.as_bytes());
        filled.push(one.to_owned());
    }
    room.check(beside, items, places)?;
    Ok(Filled {
        args: filled,
        feed: Feed::Arguments,
    })
}

enum Slot<'a> {
    Fixed(&'a OsStr),
    First,
    Last,
    All,
}

impl<'a> Slot<'a> {
    fn of(at: usize, arg: &'a OsStr) -> Self {
        match arg.as_bytes() {
            _ if at == 0 => Self::Fixed(arg),
            b"{}" => Self::All,
            b"{first}" => Self::First,
            b"{last}" => Self::Last,
            _ => Self::Fixed(arg),
        }
    }
}

fn argument(number: usize, item: &[u8], room: ArgumentRoom) -> Result<(), FillError> {
    if item.contains(&0) {
        return Err(FillError::NulByte { number });
    }
    if item.len() > room.longest {
        return Err(FillError::TooLong {
            number,
            length: item.len(),
            longest: room.longest,
        });
    }
    Ok(())
}

/// Writes items as a command reads them from standard input: each followed by its end, the last one
/// too.
///
/// # Errors
///
/// Whatever `out` returns.
pub fn write_items<I>(out: impl Write, items: I, framing: Framing) -> io::Result<()>
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    let end = framing.end();
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    for item in items {
        out.write_all(item.as_ref())?;
        out.write_all(end)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests;
