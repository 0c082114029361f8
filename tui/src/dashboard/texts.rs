//! Texts that many tasks have in common, each kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// So many are known at most: texts that no two tasks share would be kept for nothing.
const MOST: usize = 1000;

/// The texts that were met.
#[derive(Default)]
pub(crate) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The one copy of a text.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_kept_once() {
        let mut texts = Texts::default();
        let first = texts.share("import");
        assert!(Arc::ptr_eq(&first, &texts.share("import")));
        assert!(!Arc::ptr_eq(&first, &texts.share("export")));
    }

    #[test]
    fn texts_that_nobody_shares_do_not_pile_up() {
        let mut texts = Texts::default();
        for number in 0..10 * MOST {
            assert_eq!(*texts.share(&number.to_string()), number.to_string());
        }
        assert!(texts.0.len() <= MOST);
    }
}
