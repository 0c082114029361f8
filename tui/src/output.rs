//! How things are printed.

mod print;

pub(crate) use print::{Printed, json_document, json_line, line};
