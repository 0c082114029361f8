//! What every verb needs: the store, who asks, and how to print.

use std::io::IsTerminal;

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::kind::Kind;
use longhaul_common::place::store_dir;
use longhaul_common::reference::TaskRef;
use longhaul_common::store::{Absent, Access, Meant, Opening, Store};

use crate::cli::{Color, Global};
use crate::exit::{Failure, Outcome};
use crate::output::paint::Paint;

/// One run of the command line.
pub(crate) struct Session {
    global: Global,
}

impl Session {
    pub(crate) fn new(global: Global) -> Self {
        Self { global }
    }

    pub(crate) fn json(&self) -> bool {
        self.global.json
    }

    pub(crate) fn store_option(&self) -> Option<std::path::PathBuf> {
        self.global.store.clone()
    }

    /// Whether `--actor` was given.
    pub(crate) fn names_an_actor(&self) -> bool {
        self.global.actor.is_some()
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::this_process().claiming(self.global.actor.clone())
    }

    /// Whether standard output is to be coloured.
    pub(crate) fn colors(&self) -> bool {
        match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                std::io::stdout().is_terminal()
                    && !set("NO_COLOR")
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }

    /// How to colour standard output.
    pub(crate) fn paint(&self) -> Paint {
        if self.colors() {
            Paint::Colors
        } else {
            Paint::Nothing
        }
    }

    pub(crate) fn store(&self, absent: Absent) -> Result<Store, Failure> {
        self.open(Opening {
            absent,
            ..Opening::default()
        })
    }

    /// A store that is there, for a caller that waits so long for it at most.
    pub(crate) fn store_within(&self, patience: std::time::Duration) -> Result<Store, Failure> {
        self.open(Opening {
            patience,
            ..Opening::default()
        })
    }

    fn open(&self, opening: Opening) -> Result<Store, Failure> {
        let dir = store_dir(self.store_option())?;
        Ok(Store::open(&dir, opening)?)
    }

    /// A look at a store that is there.
    pub(crate) fn look(&self) -> Result<Control, Failure> {
        self.control_of(self.open(Opening {
            access: Access::Look,
            ..Opening::default()
        })?)
    }

    /// The kinds that workers have published; none, where there is no store yet.
    pub(crate) fn kinds(&self) -> Result<Vec<Kind>, Failure> {
        match self.look() {
            Ok(control) => Ok(control.store().kinds()?),
            Err(failure) if failure.code == "no-store" => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// Control over a store that is there.
    pub(crate) fn control(&self) -> Result<Control, Failure> {
        self.control_of(self.store(Absent::Refuse)?)
    }

    pub(crate) fn control_of(&self, store: Store) -> Result<Control, Failure> {
        Ok(Control::new(store)?.acting_as(self.actor()))
    }
}

/// Finds the tasks that somebody means; all of them, or none.
pub(crate) fn resolve(control: &Control, typed: &[String]) -> Result<Vec<TaskNumber>, Failure> {
    let mut tasks = Vec::with_capacity(typed.len());
    for text in typed {
        let number = match control.store().resolve(TaskRef::parse(text))? {
            Meant::One(number) => number,
            Meant::Nothing => {
                return Err(Failure::new(
                    Outcome::Refused,
                    "unknown-task",
                    format!("there is no task {text}"),
                )
                .hint("`longhaul list --all` shows all there are"));
            }
            Meant::Several(candidates) => {
                let named: Vec<String> = candidates.iter().map(ToString::to_string).collect();
                return Err(Failure::new(
                    Outcome::Refused,
                    "ambiguous-task",
                    format!("{text} can mean several tasks: {}", named.join(", ")),
                )
                .hint("use the number"));
            }
        };
        if !tasks.contains(&number) {
            tasks.push(number);
        }
    }
    Ok(tasks)
}
