//! What the contract says of errors.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use longhaul_common::store::{Opening, Store};
use serde_json::Value;

use crate::cli::{Place, Ran, ran};

impl Ran {
    /// An error for people: the exit code, nothing on standard output, and a message in which each
    /// of `says` occurs.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.starts_with("longhaul: "), "{self:?}");
        for text in says {
            assert!(self.stderr.contains(text), "{text:?} is not in {self:?}");
        }
        self.is_clean();
    }

    /// The same for programs; gives its message and hint.
    #[track_caller]
    pub(crate) fn fails_in_json(&self, code: i32, word: &str) -> (String, Option<String>) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        self.is_clean();
        let error: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|error| {
            panic!("{error}: {self:?}");
        });
        let error = error.get("error").unwrap();
        assert_eq!(error["code"], word, "{self:?}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty(), "{self:?}");
        assert!(error.get("hint").is_some(), "{self:?}");
        (
            message.to_owned(),
            error["hint"].as_str().map(ToOwned::to_owned),
        )
    }
}

impl Place {
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// What a store that is in order holds. An open store may tidy its file up, so that is not
    /// compared by its bytes.
    fn holdings(&self) -> Holdings {
        let mut everything = self.everything();
        everything
            .get_mut(&self.database())
            .expect("a store has a database")
            .1
            .clear();
        let store = Store::open(&self.store(), Opening::default()).unwrap();
        let all = store.list(usize::MAX, |_| true).unwrap();
        Holdings {
            everything,
            last_event: store.event_span().unwrap().1.0,
            rows: format!("{:?}", all.rows),
        }
    }

    /// That a command is refused, both to people and to programs, and changes nothing at all.
    #[track_caller]
    pub(crate) fn refuses<A: AsRef<OsStr> + Copy>(
        &self,
        args: &[A],
        code: i32,
        word: &str,
        says: &[&str],
    ) {
        let before = self.everything();
        ran(&mut self.longhaul(args)).fails(code, says);
        ran(&mut self.longhaul(args_with_json(args))).fails_in_json(code, word);
        assert!(before == self.everything(), "something was written");
    }

    /// The same on a store that is in order.
    #[track_caller]
    pub(crate) fn refuses_on_a_store<A: AsRef<OsStr> + Copy>(
        &self,
        args: &[A],
        code: i32,
        word: &str,
        says: &[&str],
    ) {
        let before = self.holdings();
        ran(&mut self.longhaul(args)).fails(code, says);
        ran(&mut self.longhaul(args_with_json(args))).fails_in_json(code, word);
        assert_eq!(before, self.holdings());
    }

    /// That a request on one task is refused: to people as an error, to programs as its result.
    #[track_caller]
    pub(crate) fn refuses_request(&self, args: &[&str], says: &[&str]) {
        let before = self.holdings();
        ran(&mut self.longhaul(args)).fails(3, says);
        let asked = ran(&mut self.longhaul(args_with_json(args)));
        assert_eq!(asked.code, Some(3), "{asked:?}");
        asked.is_clean();
        let results: Value = serde_json::from_str(&asked.stdout).unwrap();
        assert!(results[0]["refused"].is_string(), "{asked:?}");
        assert_eq!(before, self.holdings());
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Holdings {
    everything: BTreeMap<PathBuf, (u32, Vec<u8>)>,
    last_event: u64,
    rows: String,
}

/// The option comes first, so that it is heard whatever is wrong with the rest.
fn args_with_json<A: AsRef<OsStr>>(args: &[A]) -> Vec<&OsStr> {
    let mut all = vec![OsStr::new("--json")];
    all.extend(args.iter().map(AsRef::as_ref));
    all
}
