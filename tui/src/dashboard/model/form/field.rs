//! The fields of a form: a kind's parameters, and the options of a submission that are for kinds.

use clap::{Arg, ArgAction};
use longhaul_common::kind::{Kind, Parameter};

use crate::cli::SubmitArgs;
use crate::dashboard::model::Line;
use crate::task_spec::is_for_kinds;

/// Something that can be filled in.
#[derive(Debug)]
pub(crate) struct FormField {
    pub(crate) name: String,
    pub(crate) of: Of,
    /// What it takes.
    pub(crate) type_name: String,
    pub(crate) required: bool,
    /// What it is while nothing is filled in.
    pub(crate) default: Option<String>,
    /// What it means.
    pub(crate) doc: String,
    /// All that it may be, if that is a few words: they are not typed.
    pub(crate) choices: Vec<String>,
    pub(crate) line: Line,
    pub(crate) mistake: Option<String>,
}

/// What a field is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// A parameter of the kind.
    Kind,
    /// An option that takes a value.
    Option,
    /// One that can be given several times: each word is one.
    Several,
    /// One that takes none.
    Flag,
}

/// What a flag is filled in with.
const YES: &str = "yes";

/// Options that a form says in another way, or that a file is needed for.
const ELSEWHERE: [&str; 3] = ["param", "params", "anyway"];

/// All fields of a form.
pub(super) fn all(kind: &Kind) -> Vec<FormField> {
    let grammar = SubmitArgs::grammar();
    let options = grammar.get_arguments().filter_map(option);
    let parameters = kind.parameters().into_iter().map(parameter);
    parameters.chain(options).collect()
}

fn parameter(parameter: Parameter) -> FormField {
    let default = parameter.default.map(|value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    });
    FormField {
        name: parameter.name,
        of: Of::Kind,
        type_name: parameter.type_name,
        required: parameter.required,
        default,
        doc: parameter.doc.unwrap_or_default(),
        choices: parameter.choices,
        line: Line::default(),
        mistake: None,
    }
}

fn option(arg: &Arg) -> Option<FormField> {
    let name = arg.get_long()?;
    if arg.is_hide_set() || ELSEWHERE.contains(&name) || !is_for_kinds(name) {
        return None;
    }
    let (of, choices) = match arg.get_action() {
        ArgAction::SetTrue => (Of::Flag, vec![YES.to_owned()]),
        ArgAction::Set | ArgAction::Append => {
            let possible = arg.get_possible_values();
            let words = possible.iter().map(|value| value.get_name().to_owned());
            let several = arg.get_num_args().is_some_and(|args| args.max_values() > 1);
            let of = match arg.get_action() {
                ArgAction::Append => Of::Several,
                _ if several => Of::Several,
                _ => Of::Option,
            };
            (of, words.collect())
        }
        _ => return None,
    };
    let takes = arg.get_value_names().unwrap_or_default();
    let type_name = match choices.as_slice() {
        [] => takes.first().map(ToString::to_string),
        choices => Some(choices.join("|")),
    };
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    Some(FormField {
        name: name.to_owned(),
        of,
        type_name: type_name.unwrap_or_default(),
        required: false,
        default: (of != Of::Flag && !defaults.is_empty()).then(|| defaults.join(" ")),
        doc: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        choices,
        line: Line::default(),
        mistake: None,
    })
}

impl FormField {
    /// Whether nothing is filled in.
    pub(crate) fn is_empty(&self) -> bool {
        self.line.text().is_empty()
    }

    /// What it is on the command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let text = self.line.text();
        if text.is_empty() {
            return Vec::new();
        }
        match self.of {
            Of::Kind => option_of("param", &format!("{}={text}", self.name)),
            Of::Flag => vec![format!("--{}", self.name)],
            Of::Option => option_of(&self.name, text),
            Of::Several => {
                let values = shell_words::split(text).unwrap_or_else(|_| vec![text.to_owned()]);
                let words = values.iter().map(|value| option_of(&self.name, value));
                words.flatten().collect()
            }
        }
    }

    /// Goes to another of the words it may be; from the last one to none.
    pub(crate) fn turn(&mut self, by: isize) {
        let places = self.choices.len() + 1;
        let at = self
            .choices
            .iter()
            .position(|choice| choice == self.line.text());
        let at = at.map_or(0, |at| at + 1);
        let to = if by < 0 { at + places - 1 } else { at + 1 } % places;
        let chosen = to.checked_sub(1).map(|to| self.choices[to].clone());
        self.line = Line::of(chosen.unwrap_or_default());
    }

    /// Goes to the next of the words it may be that begins so, if there is one.
    pub(crate) fn turn_to(&mut self, letter: char) -> bool {
        let begins = |choice: &String| {
            let first = choice.chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let at = self
            .choices
            .iter()
            .position(|choice| choice == self.line.text());
        let behind = at.map_or(0, |at| at + 1);
        let mut round = self.choices[behind..].iter().chain(&self.choices[..behind]);
        let found = round.find(|choice| begins(choice)).cloned();
        found.map(|choice| self.line = Line::of(choice)).is_some()
    }
}

/// An option with its value; one that looks like an option is bound to it.
fn option_of(name: &str, value: &str) -> Vec<String> {
    if value.starts_with('-') {
        vec![format!("--{name}={value}")]
    } else {
        vec![format!("--{name}"), value.to_owned()]
    }
}

#[cfg(test)]
mod tests;
