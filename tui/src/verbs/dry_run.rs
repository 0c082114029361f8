//! `--dry-run`: what a task would do first, without submitting it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use longhaul_common::safe_text::{safe, safe_bytes};
use longhaul_common::spec::{Input, TaskSpec, Work};
use longhaul_common::store::NewTask;
use longhaul_worker::preview::{Preview, count_within, preview};
use longhaul_worker::report::in_one_line;
use serde_json::json;

use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::Session;
use crate::task_spec::Prepared;

/// How long items are counted.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many items are shown to people.
const ITEMS: usize = 5;
/// So many arguments.
const ARGUMENTS: usize = 20;
/// So many bytes of each of them.
const WIDE: usize = 100;

/// Shows what a task would do, and writes nothing to any store. What would have to be kept of its input is kept in
/// a file without a name until the end.
pub(crate) fn run(session: &Session, prepared: Prepared) -> Result<Outcome, Failure> {
    let (task, _kept) = prepared.kept_nowhere()?;
    let spec = &task.spec;
    let first = match &spec.work {
        Work::Command(work) => preview(&spec.input, work, spec.batch_size, ITEMS)
            .map_err(|error| Failure::mistake(in_one_line(&error)))?,
        Work::Registered(_) => None,
    };
    let counted = match task.items_total {
        Some(total) => Ok(Some(total)),
        None => count_within(&spec.input, PATIENCE),
    };
    if session.json() {
        output::json_document(&document(&task, first.as_ref(), &counted))?;
    } else {
        output::text(&page(&task, first.as_ref(), &counted))?;
    }
    Ok(Outcome::Done)
}

type Counted = Result<Option<u64>, String>;

fn hooks(spec: &TaskSpec) -> [(&'static str, Option<&str>); 5] {
    [
        ("init", spec.init.as_deref()),
        ("on-suspend", spec.on_suspend.as_deref()),
        ("on-resume", spec.on_resume.as_deref()),
        ("rollback", spec.rollback.as_deref()),
        ("cleanup", spec.cleanup.as_deref()),
    ]
}

fn document(task: &NewTask, first: Option<&Preview>, counted: &Counted) -> serde_json::Value {
    let spec = &task.spec;
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let batch = first.map(|first| {
        let args: Vec<_> = first.args.iter().map(|arg| lossy(arg.as_bytes())).collect();
        json!({
            "items": first.items.iter().map(|item| lossy(item)).collect::<Vec<_>>(),
            "command": args,
            "stdin_begins": first.stdin.as_deref().map(lossy),
        })
    });
    let (program, dir) = match &spec.work {
        Work::Command(work) => (Some(work.program.to_text()), Some(work.dir.to_text())),
        Work::Registered(_) => (None, None),
    };
    let hooks: serde_json::Map<_, _> = hooks(spec)
        .into_iter()
        .map(|(name, line)| (name.replace('-', "_"), json!(line)))
        .collect();
    json!({
        "input": spec.input_text(),
        "items_total": counted.as_ref().ok().copied().flatten(),
        "count_error": counted.as_ref().err(),
        "batch_size": spec.batch_size,
        "first_batch": batch,
        "program": program,
        "folder": dir,
        "hooks": hooks,
    })
}

fn page(task: &NewTask, first: Option<&Preview>, counted: &Counted) -> String {
    let spec = &task.spec;
    let mut page = String::new();
    let mut say = |label: &str, text: &str| {
        page.push_str(&format!("{label:<10} {text}\n"));
    };
    if let Some(input) = spec.input_text() {
        say("input", &safe(&input));
    }
    say("items", &safe(&items(spec, counted)));
    if let Some(first) = first {
        let mut label = "batch 0";
        for item in first.items.iter().take(ITEMS) {
            say(label, &shortened(item));
            label = "";
        }
        if first.items.len() > ITEMS {
            say(label, &format!("… {} in all", first.items.len()));
        }
        say("command", &command_line(&first.args));
        if let Some(stdin) = &first.stdin {
            let mut label = "stdin";
            for line in stdin.split_inclusive(|byte| matches!(byte, b'\n' | b'\0')) {
                say(label, &shortened(line.strip_suffix(b"\n").unwrap_or(line)));
                label = "";
            }
            if first.items.len() > ITEMS {
                say("", "…");
            }
        }
    } else {
        say("command", &safe(&spec.command_text()));
    }
    if let Work::Command(work) = &spec.work {
        say("folder", &safe(&work.dir.to_text()));
    }
    for (name, line) in hooks(spec) {
        if let Some(line) = line {
            say(name, &safe(line));
        }
    }
    say("", "nothing was submitted");
    page
}

fn items(spec: &TaskSpec, counted: &Counted) -> String {
    let size = spec.batch_size;
    match (&spec.input, counted) {
        (Input::None, _) => "none: one batch".into(),
        (Input::Pages, _) => "pages, a batch each; how many is told by the command".into(),
        (Input::Fed, _) => format!("what `longhaul feed` appends, up to {size} a batch"),
        (_, Ok(Some(count))) => format!(
            "{}, in {}",
            human::counted(*count, "item", "items"),
            human::counted(count.div_ceil(size), "batch", "batches"),
        ),
        (_, Ok(None)) => format!(
            "not counted within {} s; that goes on while the task runs",
            PATIENCE.as_secs()
        ),
        (_, Err(error)) => format!("can't be counted: {error}"),
    }
}

fn shortened(text: &[u8]) -> Cow<'_, str> {
    if text.len() <= WIDE {
        return safe_bytes(text);
    }
    let mut end = WIDE;
    // Not in the middle of a character.
    while end > 0 && text[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    format!("{}… {} bytes", safe_bytes(&text[..end]), text.len()).into()
}

/// As a shell takes it, as far as it is shown.
fn command_line(args: &[impl AsRef<OsStr>]) -> String {
    let mut words: Vec<String> = args
        .iter()
        .take(ARGUMENTS)
        .map(|arg| {
            let arg = arg.as_ref();
            let text = arg.to_string_lossy();
            if text.len() > 10 * WIDE {
                return shortened(arg.as_bytes()).into_owned();
            }
            safe(&shell_words::quote(&text)).into_owned()
        })
        .collect();
    if args.len() > ARGUMENTS {
        words.push(format!("… {} arguments in all", args.len() - 1));
    }
    words.join(" ")
}
