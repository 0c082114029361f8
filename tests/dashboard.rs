//! The dashboard on a terminal of its own, over a real store.

mod harness;

#[path = "dashboard/asking.rs"]
mod asking;
#[path = "dashboard/ends.rs"]
mod ends;
#[path = "dashboard/frozen.rs"]
mod frozen;
#[path = "dashboard/hosting.rs"]
mod hosting;
#[path = "dashboard/looks.rs"]
mod looks;
#[path = "dashboard/measured.rs"]
mod measured;
#[path = "dashboard/opened.rs"]
mod opened;
#[path = "dashboard/pages.rs"]
mod pages;
#[path = "dashboard/quiet.rs"]
mod quiet;
#[path = "dashboard/recalled.rs"]
mod recalled;
#[path = "dashboard/retrying.rs"]
mod retrying;
#[path = "dashboard/rolling_back.rs"]
mod rolling_back;
#[path = "dashboard/since.rs"]
mod since;
#[path = "dashboard/sizes.rs"]
mod sizes;
#[path = "dashboard/submitting.rs"]
mod submitting;
#[path = "dashboard/trouble.rs"]
mod trouble;
#[path = "dashboard/undoing.rs"]
mod undoing;
