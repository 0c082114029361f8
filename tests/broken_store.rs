//! Workers whose store goes wrong under them: what passes is waited for, what lasts ends them.

mod harness;

#[path = "broken_store/lost.rs"]
mod lost;
#[path = "broken_store/rows.rs"]
mod rows;
