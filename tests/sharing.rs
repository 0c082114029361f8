//! Stores of one user, stores shared with a group, and the superuser.
//!
//! Users here are numbers without an account; becoming one takes the superuser, so that the tests do
//! nothing for anybody else.
#![allow(clippy::unwrap_used, reason = "tests of their own files and processes")]

#[path = "sharing/exposed.rs"]
mod exposed;
#[path = "sharing/making.rs"]
mod making;
#[path = "sharing/own.rs"]
mod own;
#[path = "sharing/people.rs"]
mod people;
#[path = "sharing/root.rs"]
mod root;
#[path = "sharing/together.rs"]
mod together;
