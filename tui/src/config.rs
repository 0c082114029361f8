//! What the configuration file says of the dashboard. Whatever can't be meant so is an error:
//! nothing is passed over in silence.

mod value;

use std::time::Duration;

use longhaul_common::configuration::{Configuration, ConfigurationError, DeTable};

use crate::cli::refresh_of;
use crate::dashboard::action::Action;
use crate::dashboard::keymap::{Chord, KeyMap};
use crate::dashboard::theme::{Charset, Palette, color};
use value::Value;

/// What can be said of the dashboard. None: nothing was.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) charset: Option<Charset>,
    pub(crate) times: Option<Times>,
    pub(crate) refresh: Option<Duration>,
    pub(crate) mouse: Mouse,
    pub(crate) palette: Palette,
    pub(crate) keys: KeyMap,
}

/// Whose the mouse is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mouse {
    /// The terminal's, which selects text with it.
    #[default]
    Terminals,
    Ours,
}

/// The zone that times are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Utc,
    Local,
}

impl Config {
    /// What the user's file says; without one, nothing.
    pub(crate) fn read() -> Result<Self, ConfigurationError> {
        match Configuration::read()? {
            Some(file) => Self::of(&file),
            None => Ok(Self::default()),
        }
    }

    fn of(file: &Configuration) -> Result<Self, ConfigurationError> {
        // The store is read by those who open it; a wrong one is wrong for the dashboard too.
        let system = Configuration::read_system()?;
        file.store(
            &system
                .as_ref()
                .map_or(Ok(Vec::new()), Configuration::stores)?,
        )?;
        file.stores()?;
        let table = file.table()?;
        let mut config = Self::default();
        if let Some((_, section)) = table.get_key_value("dashboard") {
            config.take_dashboard(Value::new(file, "dashboard", section).table()?, file)?;
        }
        if let Some((_, section)) = table.get_key_value("keys") {
            config.keys = keys(Value::new(file, "keys", section).table()?, file)?;
        }
        Ok(config)
    }

    fn take_dashboard(
        &mut self,
        table: &DeTable<'_>,
        file: &Configuration,
    ) -> Result<(), ConfigurationError> {
        for (key, value) in table {
            let value = Value::new(file, key.get_ref(), value);
            match key.get_ref().as_ref() {
                "ascii" => {
                    self.charset = Some(if value.boolean()? {
                        Charset::Ascii
                    } else {
                        Charset::Unicode
                    });
                }
                "utc" => {
                    self.times = Some(if value.boolean()? {
                        Times::Utc
                    } else {
                        Times::Local
                    });
                }
                "mouse" => {
                    self.mouse = if value.boolean()? {
                        Mouse::Ours
                    } else {
                        Mouse::Terminals
                    };
                }
                "refresh" => {
                    let refresh = refresh_of(value.text()?);
                    self.refresh = Some(refresh.map_err(|why| value.wrong(&why))?);
                }
                "colors" => self.palette = palette(value.table()?, file)?,
                other => {
                    let what = format!(
                        "`{other}` is no key; [dashboard] has ascii, utc, mouse, refresh, colors"
                    );
                    return Err(file.wrong(key.span(), what));
                }
            }
        }
        Ok(())
    }
}

fn palette(table: &DeTable<'_>, file: &Configuration) -> Result<Palette, ConfigurationError> {
    let mut palette = Palette::default();
    for (key, value) in table {
        let place = match key.get_ref().as_ref() {
            "good" => &mut palette.good,
            "attention" => &mut palette.attention,
            "bad" => &mut palette.bad,
            other => {
                let what =
                    format!("`{other}` is no key; [dashboard.colors] has good, attention, bad");
                return Err(file.wrong(key.span(), what));
            }
        };
        let value = Value::new(file, key.get_ref(), value);
        *place = color(value.text()?).ok_or_else(|| {
            value.wrong("one of black, red, green, yellow, blue, magenta, cyan, white, and bright-red and so on")
        })?;
    }
    Ok(palette)
}

/// The keys with those that the file binds in another way.
fn keys(table: &DeTable<'_>, file: &Configuration) -> Result<KeyMap, ConfigurationError> {
    let mut keys = KeyMap::default();
    let mut bound: Vec<(Chord, Action, std::ops::Range<usize>)> = Vec::new();
    for (key, value) in table {
        let name = key.get_ref();
        let action = Action::ALL.iter().find(|action| action.name() == name);
        let Some(action) = action.copied() else {
            let names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
            let what = format!("`{name}` is no action; there are {}", names.join(", "));
            return Err(file.wrong(key.span(), what));
        };
        let value = Value::new(file, name, value);
        let mut chords = Vec::new();
        for (text, span) in value.texts()? {
            let Some(chord) = Chord::parse(text) else {
                let what = format!(
                    "{text:?} is no key; keys are a character, ^ before a letter, and {}",
                    Chord::names().collect::<Vec<_>>().join(" ")
                );
                return Err(file.wrong(span, what));
            };
            bound.push((chord, action, span));
            chords.push(chord);
        }
        if chords.is_empty() && action == Action::Quit {
            return Err(value.wrong("a key: without one the dashboard can't be left"));
        }
        keys.bind(action, chords);
    }
    for (chord, action, span) in bound {
        let mut others = keys.actions(chord).filter(|other| *other != action);
        if let Some(other) = others.next() {
            let what = format!(
                "{chord} is a key of {} and of {}; bind one of them to another",
                action.name(),
                other.name()
            );
            return Err(file.wrong(span, what));
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
