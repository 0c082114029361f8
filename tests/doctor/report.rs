//! A report of the doctor, read from its JSON.

use serde_json::Value;

use crate::cli::{Place, Ran, ran};

/// One check: its name, status, detail and hint.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) check: String,
    pub(crate) status: String,
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
}

/// What the doctor said, and how it ended.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) code: Option<i32>,
    pub(crate) checks: Vec<Check>,
    pub(crate) ok: bool,
}

impl Report {
    /// Sends the doctor to a store.
    #[track_caller]
    pub(crate) fn on(place: &Place) -> Self {
        Self::of(&ran(&mut place.longhaul(["--json", "doctor"])))
    }

    #[track_caller]
    pub(crate) fn of(ran: &Ran) -> Self {
        ran.is_clean();
        assert_eq!(ran.stderr, "", "{ran:?}");
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        let checks = checks.iter().map(|check| {
            let text = |name: &str| check[name].as_str().map(ToOwned::to_owned);
            Check {
                check: text("check").unwrap(),
                status: text("status").unwrap(),
                detail: text("detail").unwrap(),
                hint: text("hint"),
            }
        });
        let report = Self {
            code: ran.code,
            checks: checks.collect(),
            ok: report["ok"].as_bool().unwrap(),
        };
        for check in &report.checks {
            let hinted = check.hint.as_ref().is_some_and(|hint| !hint.is_empty());
            assert_eq!(hinted, check.status != "ok", "{check:?}");
        }
        report
    }

    /// The line of a check that says this.
    #[track_caller]
    pub(crate) fn says(&self, check: &str, status: &str, detail: &str) -> &Check {
        let found = self
            .checks
            .iter()
            .find(|line| line.check == check && line.detail.contains(detail));
        let found = found.unwrap_or_else(|| panic!("no {check} says {detail:?}: {self:#?}"));
        assert_eq!(found.status, status, "{self:#?}");
        found
    }

    pub(crate) fn ends(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert_eq!(self.ok, code == 0, "{self:#?}");
    }
}
