//! A form that is filled in to submit a task of a kind. It makes the words of the command line, and
//! what reads those says what is wrong.

mod check;
mod field;

use longhaul_common::kind::Kind;

use super::Browse;
pub(crate) use field::{FormField, Of};

/// What is filled in to submit a task.
#[derive(Debug)]
pub(crate) enum Submitting {
    /// The kind is chosen.
    Choosing(Browse),
    /// It is to be of this kind, of which nothing was read yet.
    Awaiting(String),
    Filling(Box<Form>),
}

/// What a task of a kind is told.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) kind: Kind,
    /// Its parameters, then what every task can be told.
    pub(crate) fields: Vec<FormField>,
    /// The field that keys go to.
    pub(crate) browse: Browse,
    /// What is wrong and is no single field's.
    pub(crate) wrong: Option<String>,
    /// Whether it was to be submitted already: what is missing is a mistake from then on.
    pub(crate) tried: bool,
    /// Whether it was submitted and is not answered yet.
    pub(crate) sent: bool,
    /// Whether the kind was chosen from the list.
    pub(crate) chosen: bool,
}

impl Form {
    /// An empty form of a kind.
    pub(crate) fn of(kind: Kind) -> Self {
        let mut form = Self {
            fields: field::all(&kind),
            kind,
            browse: Browse::default(),
            wrong: None,
            tried: false,
            sent: false,
            chosen: false,
        };
        form.check_all();
        form
    }

    /// The field that keys go to.
    pub(crate) fn field(&self) -> Option<&FormField> {
        self.fields.get(self.browse.cursor())
    }

    pub(crate) fn field_mut(&mut self) -> Option<&mut FormField> {
        self.fields.get_mut(self.browse.cursor())
    }

    /// Goes on by so many fields, round at the ends.
    pub(crate) fn step(&mut self, by: isize) {
        let count = self.fields.len();
        let at = self.browse.cursor();
        let to = match (by, at) {
            (-1, 0) => count.saturating_sub(1),
            (1, at) if at + 1 >= count => 0,
            _ => at.saturating_add_signed(by),
        };
        self.browse.go_to(to, count);
    }

    /// What is wrong with a field, as far as that is to be said by now.
    pub(crate) fn mistake<'a>(&self, field: &'a FormField) -> Option<&'a str> {
        let told = self.tried || !field.is_empty();
        field.mistake.as_deref().filter(|_| told)
    }

    /// What would be typed behind `longhaul submit`.
    pub(crate) fn words(&self) -> Vec<String> {
        let filled = self.fields.iter().flat_map(FormField::words);
        std::iter::once(self.kind.name.clone())
            .chain(filled)
            .collect()
    }

    /// The command line that does the same.
    pub(crate) fn command(&self, store: &str) -> String {
        let words = self.words();
        let words = words.iter().map(String::as_str);
        let words = words.chain(["--store", store]);
        let words: Vec<String> = words.map(quoted).collect();
        format!("longhaul submit {}", words.join(" "))
    }

    /// The words of what can be submitted; else the cursor goes to the first mistake.
    pub(crate) fn finish(&mut self) -> Option<Vec<String>> {
        self.tried = true;
        self.check_all();
        let wrong = self.fields.iter().position(|field| field.mistake.is_some());
        if let Some(wrong) = wrong {
            self.browse.go_to(wrong, self.fields.len());
        }
        (wrong.is_none() && self.wrong.is_none()).then(|| self.words())
    }
}

/// A word as a shell takes it; `name=value` needs no quotes for its sign.
fn quoted(word: &str) -> String {
    let bare = word.replacen('=', "", 1);
    if shell_words::quote(&bare) == bare && !bare.is_empty() {
        word.to_owned()
    } else {
        shell_words::quote(word).into_owned()
    }
}
