//! What is wrong with what is filled in, told at its field where it is one's.

use clap::error::ErrorKind;
use longhaul_common::kind::{Kind, Misfit};
use serde_json::{Map, Value};

use super::{Form, FormField, Of};
use crate::cli::SubmitArgs;
use crate::exit::Failure;
use crate::task_spec::{check_key, check_kind};

impl Form {
    /// Looks at all of it.
    pub(crate) fn check_all(&mut self) {
        for field in &mut self.fields {
            field.mistake = alone(&self.kind, field);
        }
        self.check_together();
    }

    /// Looks at the field that keys go to, and at what is wrong with all of them together.
    pub(crate) fn check(&mut self) {
        let kind = &self.kind;
        if let Some(field) = self.fields.get_mut(self.browse.cursor()) {
            field.mistake = alone(kind, field);
        }
        self.check_together();
    }

    fn check_together(&mut self) {
        for field in &mut self.fields {
            if field.is_empty() {
                field.mistake = None;
            }
        }
        self.wrong = None;
        for misfit in misfits(&self.kind, &self.fields) {
            let mut fields = self.fields.iter_mut();
            match fields.find(|field| field.of == Of::Kind && is_in(&misfit.place, &field.name)) {
                Some(field) => {
                    let told = if misfit.place == field.name {
                        misfit.what
                    } else {
                        misfit.to_string()
                    };
                    field.mistake.get_or_insert(told);
                }
                None => self.wrong = Some(misfit.to_string()),
            }
        }
        if self.wrong.is_some() && self.fields.iter().all(|field| field.of != Of::Kind) {
            let kind = &self.kind.name;
            self.wrong = Some(format!(
                "its parameters have no names: submit {kind} --params FILE takes them as JSON"
            ));
        }
        if self.wrong.is_none() && self.fields.iter().all(|field| field.mistake.is_none()) {
            self.wrong = together(&self.kind, &self.words()).err();
        }
    }
}

/// What is wrong with a field whatever the others say.
fn alone(kind: &Kind, field: &FormField) -> Option<String> {
    if field.is_empty() {
        return None;
    }
    if field.of == Of::Kind {
        let pair = (field.name.clone(), field.line.text().to_owned());
        let typed = kind.typed(Map::new(), &[pair]);
        return typed.err().map(|misfit| misfit.what);
    }
    let mut words = vec![kind.name.clone()];
    words.extend(field.words());
    match SubmitArgs::of_words(&words) {
        Ok(args) => of_option(&args, field).err().map(|failure| failure.message),
        // What others have to say as well is theirs.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument
            ) =>
        {
            None
        }
        Err(error) => Some(told(&error)),
    }
}

/// What is checked of single options behind the parser.
fn of_option(args: &SubmitArgs, field: &FormField) -> Result<(), Failure> {
    match field.name.as_str() {
        "key" => check_key(args.key.as_deref().unwrap_or_default()),
        "name" => crate::task_spec::check_name(&args.task),
        _ => Ok(()),
    }
}

/// The parameters that do not fit, those together that can be read.
fn misfits(kind: &Kind, fields: &[FormField]) -> Vec<Misfit> {
    let mut params = Map::new();
    let filled = fields
        .iter()
        .filter(|field| field.of == Of::Kind && !field.is_empty());
    for field in filled {
        let pair = (field.name.clone(), field.line.text().to_owned());
        if let Ok(read) = kind.typed(Map::new(), &[pair]) {
            params.extend(read);
        }
    }
    // As where nothing is given on the command line.
    if params.is_empty() && kind.misfits(&Value::Null).is_empty() {
        return Vec::new();
    }
    kind.misfits(&Value::Object(params))
}

/// Whether a place is a parameter, or within it.
fn is_in(place: &str, name: &str) -> bool {
    let within = place.strip_prefix(name);
    within.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What the command line would say of all of it.
fn together(kind: &Kind, words: &[String]) -> Result<(), String> {
    let args = SubmitArgs::of_words(words).map_err(|error| told(&error))?;
    let kinds = std::slice::from_ref(kind);
    check_kind(&args.task, &kind.name, kinds).map_err(|failure| failure.message)
}

/// What the parser did not understand, without the option it was in.
fn told(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let first = rendered.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match (first.starts_with("invalid value"), first.split_once("': ")) {
        (true, Some((_, why))) => why.to_owned(),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests;
