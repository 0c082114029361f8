//! The command line of longhaul.
