//! Chance that can be repeated.

use std::cell::RefCell;

/// Random numbers, whose seed is told when a test fails.
pub(crate) struct Seed {
    seed: u64,
    numbers: RefCell<fastrand::Rng>,
}

impl Seed {
    /// From `LONGHAUL_SEED`, else another one each time.
    pub(crate) fn of_this_run() -> Self {
        let seed = number("LONGHAUL_SEED").unwrap_or_else(|| fastrand::u64(..));
        Self {
            seed,
            numbers: RefCell::new(fastrand::Rng::with_seed(seed)),
        }
    }

    /// A number below this one.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.numbers.borrow_mut().u64(..end)
    }

    /// How many rounds: `LONGHAUL_ROUNDS`, else so many.
    pub(crate) fn rounds(&self, usual: u64) -> u64 {
        number("LONGHAUL_ROUNDS").unwrap_or(usual)
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a number in the variable"))
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat it with LONGHAUL_SEED={}", self.seed);
        }
    }
}
