//! The demo's tasks: checksums of files, readings aggregated, and one that fails now and then.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longhaul_common::actor::Actor;
use longhaul_common::store::NewTask;
use longhaul_common::view::TaskView;

use crate::cli::{BatchArgs, InputArgs, Policy, TaskArgs};
use crate::exit::Failure;
use crate::live::Live;
use crate::output::human;
use crate::task_spec::prepare as prepare_task;

const READINGS: &str = include_str!("../../../../assets/readings.csv");
const AGGREGATE: &str = include_str!("../../../../assets/aggregate.sh");
const FLAKY: &str = include_str!("../../../../assets/flaky.sh");

/// Folders with many files that most machines have.
const FOLDERS: &[&str] = &["/usr/share", "/usr/lib", "/etc"];
/// As many files as are listed at most.
const MOST_FILES: usize = 20_000;

/// How long the tasks take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// A few seconds, to be looked on.
    Brief,
    /// A few minutes, to have time for the keys: less at once, and more of it.
    Leisurely,
}

impl Pace {
    fn batch(self, items: u64) -> u64 {
        match self {
            Self::Brief => items,
            Self::Leisurely => items / 10,
        }
    }

    fn flaky(self) -> &'static str {
        match self {
            Self::Brief => "1..300",
            Self::Leisurely => "1..6000",
        }
    }
}

/// Writes the input below `folder` and describes the tasks.
pub(super) fn prepare(
    folder: &Path,
    files: Option<&Path>,
    pace: Pace,
    actor: &Actor,
) -> Result<Vec<NewTask>, Failure> {
    let fails = |error: std::io::Error| Failure::system("writing the demo's input", &error);
    let files = match files {
        Some(files) if files.is_dir() => files.to_owned(),
        Some(files) => {
            return Err(Failure::mistake(format!(
                "--folder: {} is not a folder",
                files.display()
            )));
        }
        None => FOLDERS
            .iter()
            .map(PathBuf::from)
            .find(|folder| folder.is_dir())
            .unwrap_or_else(|| PathBuf::from("/")),
    };
    let list = folder.join("files.txt");
    write_list(&files, &list).map_err(fails)?;
    for (name, content) in [
        ("readings.csv", READINGS),
        ("aggregate.sh", AGGREGATE),
        ("flaky.sh", FLAKY),
    ] {
        fs::write(folder.join(name), content).map_err(fails)?;
    }
    let script = |name: &str| folder.join(name).into_os_string();
    let tasks = [
        TaskArgs {
            name: Some("checksums".into()),
            input: lines(list),
            batches: BatchArgs {
                batch_size: pace.batch(50),
                on_error: Policy::Skip,
                ..BatchArgs::default()
            },
            command: words(["sha256sum", "--", "{}"]),
            ..TaskArgs::default()
        },
        TaskArgs {
            name: Some("readings".into()),
            input: lines(folder.join("readings.csv")),
            batches: BatchArgs {
                batch_size: pace.batch(100),
                ..BatchArgs::default()
            },
            command: vec!["sh".into(), script("aggregate.sh"), script("aggregates")],
            ..TaskArgs::default()
        },
        TaskArgs {
            name: Some("flaky".into()),
            input: InputArgs {
                range: Some(pace.flaky().into()),
                ..InputArgs::default()
            },
            batches: BatchArgs {
                batch_size: 10,
                backoff: Duration::from_millis(500),
                ..BatchArgs::default()
            },
            command: vec!["sh".into(), script("flaky.sh")],
            ..TaskArgs::default()
        },
    ];
    tasks
        .iter()
        .map(|args| prepare_task(args, actor)?.spool_into(folder))
        .collect()
}

fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.map(OsString::from).to_vec()
}

/// Lists the readable files below `folder`, without following links, in a stable order.
fn write_list(folder: &Path, list: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(list)?);
    let mut left = MOST_FILES;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A folder that may not be read has nothing for us.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() && !path.as_os_str().as_bytes().contains(&b'\n') => {
                    out.write_all(path.as_os_str().as_bytes())?;
                    out.write_all(b"\n")?;
                    left -= 1;
                }
                Ok(_) | Err(_) => {}
            }
            if left == 0 {
                return out.flush();
            }
        }
    }
    out.flush()
}

/// Says what came of it.
pub(super) fn sum_up(folder: &Path, views: &[TaskView], live: &Live) {
    for view in views {
        let name = view.name.as_deref().unwrap_or_default();
        let mut said = format!(
            "{name}: {} items in {}, {}, {} failed",
            human::count(view.items_done),
            human::counted(view.batches_done, "batch", "batches"),
            human::counted(view.retries, "retry", "retries"),
            human::count(view.batches_failed),
        );
        if name == "readings"
            && let Ok(results) = fs::read_dir(folder.join("aggregates"))
        {
            said.push_str(&format!(", {} files with results", results.count()));
        }
        live.note(&said);
    }
}

fn lines(file: PathBuf) -> InputArgs {
    InputArgs {
        lines: Some(file),
        ..InputArgs::default()
    }
}
