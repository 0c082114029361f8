//! How things are printed.

pub(crate) mod clock;
pub(crate) mod event;
pub(crate) mod human;
pub(crate) mod log;
pub(crate) mod paint;
mod print;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod terminal;

pub(crate) use print::{JsonArray, Printed, json_document, json_line, line, note, text};
