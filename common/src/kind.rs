//! Kinds of tasks, as the workers that perform them publish them: what a submission may say.

mod check;
mod parameter;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use check::Misfit;
pub use parameter::Parameter;

use crate::spec::Rest;
use crate::time::Timestamp;

/// A kind that some worker program performs in its own process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kind {
    /// Its name, as submissions give it.
    pub name: String,
    /// What it does, in the words of its author; may be empty.
    pub doc: String,
    /// The JSON Schema of its parameters, as JSON text.
    pub schema: String,
    /// Whether it can undo what it did.
    pub rolls_back: bool,
    /// The program that published it.
    pub program: String,
    /// The version of longhaul in it.
    pub version: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Kind {
    /// The schema of the parameters. One that can't be read demands nothing.
    #[must_use]
    pub fn schema(&self) -> Value {
        serde_json::from_str(&self.schema).unwrap_or(Value::Bool(true))
    }

    /// The parameters by name, if they have names.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        parameter::parameters(&self.schema())
    }

    /// What does not fit in the parameters; empty: all of it does, as far as the schema tells. At
    /// the top an unknown name is a misfit also where the schema does not say so: it would be ignored.
    #[must_use]
    pub fn misfits(&self, params: &Value) -> Vec<Misfit> {
        let schema = self.schema();
        let mut misfits = check::misfits(&schema, params);
        if let Value::Object(given) = params {
            misfits.extend(parameter::unknown(&schema, given));
        }
        misfits
    }

    /// Makes parameters of what was typed as `name=value`, over those in `base`: each is of the type that the
    /// schema demands, and JSON where that is no text.
    ///
    /// # Errors
    /// [`Misfit`] for a value that can't be meant so.
    pub fn typed(
        &self,
        base: Map<String, Value>,
        typed: &[(String, String)],
    ) -> Result<Map<String, Value>, Misfit> {
        let schema = self.schema();
        let mut params = base;
        for (name, text) in typed {
            let value = parameter::typed(&schema, name, text)?;
            params.insert(name.clone(), value);
        }
        Ok(params)
    }
}

/// A value of no schema: JSON where it is any, else text.
#[must_use]
pub fn guessed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests;
