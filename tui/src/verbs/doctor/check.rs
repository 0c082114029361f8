//! One thing that was checked, and how it is printed.

use longhaul_common::safe_text::safe;
use serde::Serialize;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Works, or could not be checked; somebody should look.
    Warn,
    /// Does not work.
    Fail,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) check: &'static str,
    pub(super) status: Status,
    pub(super) detail: String,
    /// What to do; there for each that isn't ok.
    pub(super) hint: Option<String>,
}

impl Check {
    pub(super) fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self {
            check,
            status: Status::Ok,
            detail: detail.into(),
            hint: None,
        }
    }

    pub(super) fn warn(
        check: &'static str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            check,
            status: Status::Warn,
            detail: detail.into(),
            hint: Some(hint.into()),
        }
    }

    pub(super) fn fail(
        check: &'static str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            status: Status::Fail,
            ..Self::warn(check, detail, hint)
        }
    }

    /// For people: what it is, and what to do below it.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<4}  {:<10}  {}",
            self.status.word(),
            self.check,
            safe(&self.detail)
        )];
        if let Some(hint) = &self.hint {
            lines.push(format!("{:18}hint: {}", "", safe(hint)));
        }
        lines
    }
}
