//! Undoing a batch of a command task: one run of the rollback's command over the items that are done.

use longhaul_common::id::batch_key;
use longhaul_common::spec::Input;
use longhaul_common::state::Hook;
use longhaul_common::store::PassedItem;

use super::over::Over;
use super::page::starts_at;
use super::{CommandEngine, HOOK_VARIABLE};
use crate::engine::{Cut, without};
use crate::failure::Failure;
use crate::task::Cx;

/// The key that the batch ran under, beside the one that it is undone under.
const ROLLBACK_OF_VARIABLE: &str = "LONGHAUL_ROLLBACK_OF";

pub(super) fn undo(
    engine: &mut CommandEngine,
    cut: Cut,
    passed: &[PassedItem],
    line: Option<&str>,
    cx: &Cx,
) -> Result<(), Failure> {
    let Some(line) = line else {
        return Err(Failure::Suspend("it brings no rollback".into()));
    };
    let (program, argv) = engine.found(line)?;
    let items = cut
        .items
        .downcast::<Vec<Vec<u8>>>()
        .expect("the items come from this engine's own source");
    let items = without(*items, passed);
    let mut env = engine.env_of(cx, Some(items.len() as u64));
    env.push((HOOK_VARIABLE.into(), Hook::Rollback.as_str().into()));
    let forward = batch_key(cx.task, cx.batch);
    if matches!(engine.input, Input::Pages) {
        // A page's cut starts and ends where the page does.
        env.push(starts_at(&cut.next));
    }
    env.push((ROLLBACK_OF_VARIABLE.into(), forward.into()));
    engine.run_over(
        &Over {
            program: &program,
            argv: &argv,
            items: &items,
            env: &env,
            // It may take as long as the task did, and is never cut in half for that.
            timeout: None,
        },
        cx,
    )
}
