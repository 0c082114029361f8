//! The dashboard: a terminal that operators live in.
//!
//! One core without I/O: [`update`] takes a message and gives effects, [`view`] draws the model. The
//! [`rim`] owns the terminal, the clock and the store: it turns keys, bells and ticks into messages
//! and carries effects out.
//!
//! ```text
//! keys ─┐                      ┌─> view (only when something changed)
//! bells ┼─> one channel ─> update
//! tick ─┘                      └─> effects: ask the store, copy, quit
//! ```

pub(crate) mod action;
mod effect;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod keymap;
mod message;
mod model;
mod reading;
mod rim;
mod row;
mod texts;
pub(crate) mod theme;
mod update;
mod view;

pub(crate) use rim::{Opens, Prepared, has_a_terminal, needs_a_terminal, open};

#[cfg(test)]
mod tests;
