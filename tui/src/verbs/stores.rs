//! `longhaul stores`: the stores that have a name, and what is in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use longhaul_common::control::Control;
use longhaul_common::custody::{Custody, group_name};
use longhaul_common::place::{named_stores, store_dir};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Access, Opening, Store};
use serde::Serialize;

use crate::exit::{Failure, Outcome};
use crate::output::paint::Tone;
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, human, terminal};
use crate::session::Session;

/// One that is busy must not keep the others from being listed.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many tasks are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Tally {
    init: u64,
    run: u64,
    suspend: u64,
    terminate: u64,
}

impl Tally {
    fn not_ended(self) -> u64 {
        self.init + self.run + self.suspend
    }
}

#[derive(Serialize)]
struct Seen {
    /// None: the one that is used without a name.
    name: Option<String>,
    store: PathBuf,
    /// Whether commands that are told of no store use it.
    default: bool,
    group: Option<String>,
    tasks: Option<Tally>,
    workers_alive: Option<usize>,
    error: Option<Why>,
}

#[derive(Serialize)]
struct Why {
    code: &'static str,
    message: String,
    hint: Option<String>,
}

pub(crate) fn run(session: &Session) -> Result<Outcome, Failure> {
    let seen = all(session)?;
    if session.json() {
        output::json_document(&seen)?;
        return Ok(Outcome::Done);
    }
    output::text(&table(&seen).render(terminal::width(), session.paint()))?;
    if seen.iter().all(|store| store.name.is_none()) {
        output::note(
            "no store has a name; give one under [stores] in ~/.config/longhaul/config.toml or /etc/longhaul/config.toml: NAME = \"PATH\"",
        );
    }
    Ok(Outcome::Done)
}

/// Those that have a name, and the default one.
fn all(session: &Session) -> Result<Vec<Seen>, Failure> {
    let named = named_stores()?;
    let default = store_dir(session.store_option())?;
    let is_default = |dir: &Path| is_same(dir, &default);
    let mut seen: Vec<Seen> = Vec::new();
    if !named.iter().any(|store| is_default(&store.dir)) {
        seen.push(look(None, &default, true));
    }
    for store in named {
        let default = is_default(&store.dir);
        seen.push(look(Some(store.name), &store.dir, default));
    }
    Ok(seen)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn look(name: Option<String>, dir: &Path, default: bool) -> Seen {
    let custody = Custody::of_store(dir).ok();
    let mut seen = Seen {
        name,
        store: dir.to_owned(),
        default,
        group: custody
            .and_then(|custody| custody.shared_with)
            .map(group_name),
        tasks: None,
        workers_alive: None,
        error: None,
    };
    match count(dir) {
        Ok((tasks, workers)) => {
            seen.tasks = Some(tasks);
            seen.workers_alive = workers;
        }
        Err(failure) => {
            seen.error = Some(Why {
                code: failure.code,
                message: failure.message,
                hint: failure.hint,
            });
        }
    }
    seen
}

/// The tasks by state, and the workers that live where that can be told.
fn count(dir: &Path) -> Result<(Tally, Option<usize>), Failure> {
    let store = Store::open(
        dir,
        Opening {
            access: Access::Look,
            patience: PATIENCE,
            ..Opening::default()
        },
    )?;
    let counts: Arc<[AtomicU64; 4]> = Arc::default();
    let counted = Arc::clone(&counts);
    let tasks = store.list(1, move |state| {
        let at = match state.word {
            StateWord::Init => 0,
            StateWord::Run => 1,
            StateWord::Suspend => 2,
            StateWord::Terminate => 3,
        };
        counted[at].fetch_add(1, Ordering::Relaxed);
        false
    })?;
    let [init, run, suspend, terminate] =
        [0, 1, 2, 3].map(|at: usize| counts[at].load(Ordering::Relaxed));
    let workers = Control::new(store).ok().map(|control| {
        let lives = tasks.workers.iter().filter(|row| !row.is_gone());
        lives.filter(|row| control.lives(row.number)).count()
    });
    let tally = Tally {
        init,
        run,
        suspend,
        terminate,
    };
    Ok((tally, workers))
}

/// The other stores that hold tasks which have not ended, for who finds none in this one.
pub(crate) fn others(session: &Session) -> Option<String> {
    let here = store_dir(session.store_option()).ok()?;
    let mut told = Vec::new();
    // A list is no place for the faults of other stores: `longhaul stores` names them.
    for store in named_stores().ok()? {
        if is_same(&store.dir, &here) {
            continue;
        }
        let Ok((tasks, _)) = count(&store.dir) else {
            continue;
        };
        told.push(match tasks.not_ended() {
            0 => store.name,
            some => format!("{} ({})", store.name, human::counted(some, "task", "tasks")),
        });
    }
    let store = if told.len() == 1 { "store" } else { "stores" };
    (!told.is_empty()).then(|| {
        format!(
            "other {store}: {}; use one with --store NAME",
            told.join(", ")
        )
    })
}

const COLUMNS: [Column; 9] = [
    Column::left("NAME", 100),
    Column::left("STORE", 90).cut_to(16),
    Column::left("GROUP", 30),
    Column::right("INIT", 80),
    Column::right("RUN", 80),
    Column::right("SUSPEND", 80),
    Column::right("TERMINATE", 40),
    Column::right("WORKERS", 60),
    Column::left("NOTE", 95).cut_to(24),
];

fn table(seen: &[Seen]) -> Table<9> {
    let mut table = Table::new(COLUMNS);
    for store in seen {
        let tasks = store.tasks;
        let counted = |of: fn(Tally) -> u64| {
            Cell::new(tasks.map_or_else(String::new, |tasks| human::count(of(tasks))))
        };
        table.push([
            Cell::new(store.name.as_deref().unwrap_or("-")),
            Cell::new(store.store.to_string_lossy()),
            Cell::new(store.group.as_deref().unwrap_or_default()),
            counted(|tasks| tasks.init),
            counted(|tasks| tasks.run),
            counted(|tasks| tasks.suspend),
            counted(|tasks| tasks.terminate),
            Cell::new(
                store
                    .workers_alive
                    .map_or_else(String::new, |alive| alive.to_string()),
            ),
            match &store.error {
                Some(why) if why.code == "no-store" => Cell::new("not made yet"),
                Some(why) => Cell::toned(&why.message, Tone::Bad),
                None if store.default => Cell::new("default"),
                None => Cell::default(),
            },
        ]);
    }
    table
}
