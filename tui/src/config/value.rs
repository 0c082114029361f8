//! A value of the configuration file, with the words for what it should have been.

use std::ops::Range;

use longhaul_common::configuration::{
    Configuration, ConfigurationError, DeTable, DeValue, Spanned,
};

/// What stands behind a key.
pub(super) struct Value<'a> {
    file: &'a Configuration,
    key: &'a str,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Value<'a> {
    pub(super) fn new(
        file: &'a Configuration,
        key: &'a str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Self {
        Self { file, key, value }
    }

    pub(super) fn wrong(&self, needs: &str) -> ConfigurationError {
        let what = format!("{} needs {needs}", self.key);
        self.file.wrong(self.value.span(), what)
    }

    pub(super) fn table(&self) -> Result<&'a DeTable<'a>, ConfigurationError> {
        match self.value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong("to be a section in brackets")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, ConfigurationError> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.wrong("true or false")),
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, ConfigurationError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text),
            _ => Err(self.wrong("a text in quotes")),
        }
    }

    /// One text, or several in brackets, each with its place.
    pub(super) fn texts(&self) -> Result<Vec<(&'a str, Range<usize>)>, ConfigurationError> {
        let needs = || self.wrong("a key in quotes, or several in brackets");
        let text = |value: &'a Spanned<DeValue<'a>>| match value.get_ref() {
            DeValue::String(text) => Ok((text.as_ref(), value.span())),
            _ => Err(needs()),
        };
        match self.value.get_ref() {
            DeValue::Array(values) => values.iter().map(text).collect(),
            _ => Ok(vec![text(self.value)?]),
        }
    }
}
