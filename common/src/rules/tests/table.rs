//! What comes next, written out. A star stands for every value of its column; each combination is
//! covered by one row and no more.

use super::every_standing;
use crate::rules::{Happened, Standing, Step, Unheld, plan, unheld};
use crate::state::{Current, Ending, Hook, RollbackStage};

// Owed: o on-suspend, r rollback, c cleanup; a dash: not owed. Leftover is in the second table. Rollback: how
// far it is.
//
// desired  current owed begun rollback exhausted | boundary | gave up | stopping
const HELD: &str = "
RUN       INIT      *-- none       *      no  | init                  | settle>failed         | settle>released
RUN       INIT      *-c none       *      no  | init                  | cleanup>failed        | cleanup>released
RUN       INIT      *r- none       *      no  | init                  | settle>failed         | settle>released
RUN       INIT      *rc none       *      no  | init                  | cleanup>failed        | cleanup>released
RUN       RUN       *-- none       *      no  | batch                 | settle>failed         | settle>released
RUN       RUN       *-c none       *      no  | batch                 | cleanup>failed        | cleanup>released
RUN       RUN       *r- none       *      no  | batch                 | settle>failed         | settle>released
RUN       RUN       *rc none       *      no  | batch                 | cleanup>failed        | cleanup>released
RUN       SUSPEND   *-- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   *-c none       none   no  | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   *-c none       begun  no  | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   *-c none       failed no  | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   *r- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   *rc none       none   no  | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   *rc none       begun  no  | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   *rc none       failed no  | cleanup>released      | cleanup>released      | cleanup>released

SUSPEND   INIT      --- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   INIT      --c none       *      no  | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   INIT      -r- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   INIT      -rc none       *      no  | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   INIT      o*- none       *      no  | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   INIT      o*c none       *      no  | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   RUN       --- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   RUN       --c none       *      no  | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   RUN       -r- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   RUN       -rc none       *      no  | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   RUN       o*- none       *      no  | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   RUN       o*c none       *      no  | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   SUSPEND   *-- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   *-c none       none   no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   *-c none       begun  no  | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   SUSPEND   *-c none       failed no  | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   SUSPEND   *r- none       *      no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   *rc none       none   no  | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   *rc none       begun  no  | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   SUSPEND   *rc none       failed no  | cleanup>released      | cleanup>released      | cleanup>released

TERMINATE INIT      *-- none       *      no  | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE INIT      *-c none       *      no  | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE INIT      *r- none       none   no  | rollback>terminated   | rollback>terminated   | settle>released
TERMINATE INIT      *r- none       begun  no  | rollback>terminated   | rollback>terminated   | settle>released
TERMINATE INIT      *r- none       failed no  | settle>released       | settle>released       | settle>released
TERMINATE INIT      *rc none       none   no  | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc none       begun  no  | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc none       failed no  | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE RUN       *-- none       *      no  | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE RUN       *-c none       *      no  | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE RUN       *r- none       none   no  | rollback>terminated   | rollback>terminated   | settle>released
TERMINATE RUN       *r- none       begun  no  | rollback>terminated   | rollback>terminated   | settle>released
TERMINATE RUN       *r- none       failed no  | settle>released       | settle>released       | settle>released
TERMINATE RUN       *rc none       none   no  | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc none       begun  no  | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc none       failed no  | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE SUSPEND   *-- none       *      no  | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE SUSPEND   *-c none       *      no  | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE SUSPEND   *r- none       none   no  | rollback>terminated   | rollback>terminated   | settle>suspended
TERMINATE SUSPEND   *r- none       begun  no  | rollback>terminated   | rollback>terminated   | settle>suspended
TERMINATE SUSPEND   *r- none       failed no  | settle>suspended      | settle>suspended      | settle>suspended
TERMINATE SUSPEND   *rc none       none   no  | rollback>terminated   | rollback>terminated   | settle>suspended
TERMINATE SUSPEND   *rc none       begun  no  | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE SUSPEND   *rc none       failed no  | cleanup>released      | cleanup>released      | cleanup>released

RUN       TERMINATE *-- *          *      *   | rest                  | rest                  | rest
RUN       TERMINATE *-c *          *      *   | rest                  | rest                  | rest
RUN       TERMINATE *r- *          *      *   | rest                  | rest                  | rest
RUN       TERMINATE *rc *          *      *   | rest                  | rest                  | rest
SUSPEND   TERMINATE *-- *          *      *   | rest                  | rest                  | rest
SUSPEND   TERMINATE *-c *          *      *   | rest                  | rest                  | rest
SUSPEND   TERMINATE *r- *          *      *   | rest                  | rest                  | rest
SUSPEND   TERMINATE *rc *          *      *   | rest                  | rest                  | rest
TERMINATE TERMINATE *-- *          *      *   | rest                  | rest                  | rest
TERMINATE TERMINATE *-c *          *      *   | rest                  | rest                  | rest
TERMINATE TERMINATE *r- *          *      *   | rest                  | rest                  | rest
TERMINATE TERMINATE *rc *          *      *   | rest                  | rest                  | rest

*         INIT      **- none       *      yes | settle>completed      | settle>completed      | settle>completed
*         INIT      **c none       *      yes | cleanup>completed     | cleanup>completed     | cleanup>completed
*         RUN       **- none       *      yes | settle>completed      | settle>completed      | settle>completed
*         RUN       **c none       *      yes | cleanup>completed     | cleanup>completed     | cleanup>completed
*         SUSPEND   **- none       *      yes | settle>completed      | settle>completed      | settle>completed
*         SUSPEND   **c none       *      yes | cleanup>completed     | cleanup>completed     | cleanup>completed

*         INIT      **- completed  *      *   | settle>completed      | settle>completed      | settle>completed
*         INIT      **c completed  *      *   | cleanup>completed     | cleanup>completed     | cleanup>completed
*         RUN       **- completed  *      *   | settle>completed      | settle>completed      | settle>completed
*         RUN       **c completed  *      *   | cleanup>completed     | cleanup>completed     | cleanup>completed
*         SUSPEND   **- completed  *      *   | settle>completed      | settle>completed      | settle>completed
*         SUSPEND   **c completed  *      *   | cleanup>completed     | cleanup>completed     | cleanup>completed
*         INIT      **- failed     *      *   | settle>failed         | settle>failed         | settle>failed
*         INIT      **c failed     *      *   | cleanup>failed        | cleanup>failed        | cleanup>failed
*         RUN       **- failed     *      *   | settle>failed         | settle>failed         | settle>failed
*         RUN       **c failed     *      *   | cleanup>failed        | cleanup>failed        | cleanup>failed
*         SUSPEND   **- failed     *      *   | settle>suspended      | settle>suspended      | settle>suspended
*         SUSPEND   **c failed     none   *   | settle>suspended      | settle>suspended      | settle>suspended
*         SUSPEND   **c failed     begun  *   | cleanup>released      | cleanup>released      | cleanup>released
*         SUSPEND   **c failed     failed *   | cleanup>released      | cleanup>released      | cleanup>released
*         INIT      *-- terminated *      *   | settle>terminated     | settle>terminated     | settle>terminated
*         INIT      *-c terminated *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
*         INIT      *r- terminated none   *   | rollback>terminated   | rollback>terminated   | settle>released
*         INIT      *r- terminated begun  *   | rollback>terminated   | rollback>terminated   | settle>released
*         INIT      *r- terminated failed *   | settle>released       | settle>released       | settle>released
*         INIT      *rc terminated none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
*         INIT      *rc terminated begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
*         INIT      *rc terminated failed *   | cleanup>released      | cleanup>released      | cleanup>released
*         RUN       *-- terminated *      *   | settle>terminated     | settle>terminated     | settle>terminated
*         RUN       *-c terminated *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
*         RUN       *r- terminated none   *   | rollback>terminated   | rollback>terminated   | settle>released
*         RUN       *r- terminated begun  *   | rollback>terminated   | rollback>terminated   | settle>released
*         RUN       *r- terminated failed *   | settle>released       | settle>released       | settle>released
*         RUN       *rc terminated none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
*         RUN       *rc terminated begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
*         RUN       *rc terminated failed *   | cleanup>released      | cleanup>released      | cleanup>released
*         SUSPEND   *-- terminated *      *   | settle>terminated     | settle>terminated     | settle>terminated
*         SUSPEND   *-c terminated *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
*         SUSPEND   *r- terminated none   *   | rollback>terminated   | rollback>terminated   | settle>suspended
*         SUSPEND   *r- terminated begun  *   | rollback>terminated   | rollback>terminated   | settle>suspended
*         SUSPEND   *r- terminated failed *   | settle>suspended      | settle>suspended      | settle>suspended
*         SUSPEND   *rc terminated none   *   | rollback>terminated   | rollback>terminated   | settle>suspended
*         SUSPEND   *rc terminated begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
*         SUSPEND   *rc terminated failed *   | cleanup>released      | cleanup>released      | cleanup>released

RUN       INIT      -*- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       INIT      -*c suspended  *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
RUN       INIT      o** suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
RUN       RUN       -*- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       RUN       -*c suspended  *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
RUN       RUN       o** suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
RUN       SUSPEND   **- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   **c suspended  none   *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   **c suspended  begun  *   | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   **c suspended  failed *   | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   INIT      -*- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   INIT      -*c suspended  *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   INIT      o** suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   RUN       -*- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   RUN       -*c suspended  *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   RUN       o** suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   SUSPEND   **- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   **c suspended  none   *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   **c suspended  begun  *   | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   SUSPEND   **c suspended  failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE INIT      *-- suspended  *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE INIT      *-c suspended  *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE INIT      *rc suspended  none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc suspended  begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc suspended  failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE INIT      -r- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
TERMINATE INIT      or- suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
TERMINATE RUN       *-- suspended  *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE RUN       *-c suspended  *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE RUN       *rc suspended  none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc suspended  begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc suspended  failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE RUN       -r- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended
TERMINATE RUN       or- suspended  *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
TERMINATE SUSPEND   *-- suspended  *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE SUSPEND   *-c suspended  *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE SUSPEND   *rc suspended  none   *   | rollback>terminated   | rollback>terminated   | settle>suspended
TERMINATE SUSPEND   *rc suspended  begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE SUSPEND   *rc suspended  failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE SUSPEND   *r- suspended  *      *   | settle>suspended      | settle>suspended      | settle>suspended

RUN       INIT      **- released   *      *   | settle>released       | settle>released       | settle>released
RUN       INIT      **c released   *      *   | cleanup>released      | cleanup>released      | cleanup>released
RUN       RUN       **- released   *      *   | settle>released       | settle>released       | settle>released
RUN       RUN       **c released   *      *   | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   **- released   *      *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   **c released   none   *   | settle>suspended      | settle>suspended      | settle>suspended
RUN       SUSPEND   **c released   begun  *   | cleanup>released      | cleanup>released      | cleanup>released
RUN       SUSPEND   **c released   failed *   | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   INIT      -*- released   *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   INIT      -*c released   *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   INIT      o** released   *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   RUN       -*- released   *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   RUN       -*c released   *      *   | cleanup>suspended     | cleanup>suspended     | cleanup>suspended
SUSPEND   RUN       o** released   *      *   | on-suspend>suspended  | on-suspend>suspended  | on-suspend>suspended
SUSPEND   SUSPEND   **- released   *      *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   **c released   none   *   | settle>suspended      | settle>suspended      | settle>suspended
SUSPEND   SUSPEND   **c released   begun  *   | cleanup>released      | cleanup>released      | cleanup>released
SUSPEND   SUSPEND   **c released   failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE INIT      *-- released   *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE INIT      *-c released   *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE INIT      *rc released   none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc released   begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE INIT      *rc released   failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE INIT      *r- released   *      *   | settle>released       | settle>released       | settle>released
TERMINATE RUN       *-- released   *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE RUN       *-c released   *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE RUN       *rc released   none   *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc released   begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE RUN       *rc released   failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE RUN       *r- released   *      *   | settle>released       | settle>released       | settle>released
TERMINATE SUSPEND   *-- released   *      *   | settle>terminated     | settle>terminated     | settle>terminated
TERMINATE SUSPEND   *-c released   *      *   | cleanup>terminated    | cleanup>terminated    | cleanup>terminated
TERMINATE SUSPEND   *rc released   none   *   | rollback>terminated   | rollback>terminated   | settle>suspended
TERMINATE SUSPEND   *rc released   begun  *   | rollback>terminated   | rollback>terminated   | cleanup>released
TERMINATE SUSPEND   *rc released   failed *   | cleanup>released      | cleanup>released      | cleanup>released
TERMINATE SUSPEND   *r- released   *      *   | settle>suspended      | settle>suspended      | settle>suspended
";

// What a dead worker left comes first, whatever is wanted.
//
// current | boundary | gave up | stopping
const LEFTOVER: &str = "
INIT      | cleanup | cleanup | cleanup
RUN       | cleanup | cleanup | cleanup
SUSPEND   | cleanup | cleanup | cleanup
TERMINATE | rest    | rest    | rest
";

// Nobody holds it. Owed: r rollback, c a cleanup, of this claim or a dead worker's.
//
// desired  current   owed rollback exhausted | what has to happen
const UNHELD: &str = "
RUN       INIT      --  *      *   | claim
RUN       INIT      -c  *      *   | claim
RUN       INIT      r-  *      *   | claim
RUN       INIT      rc  *      *   | claim
RUN       RUN       --  *      *   | claim
RUN       RUN       -c  *      *   | claim
RUN       RUN       r-  *      *   | claim
RUN       RUN       rc  *      *   | claim
RUN       SUSPEND   --  *      *   | claim
RUN       SUSPEND   -c  *      *   | claim
RUN       SUSPEND   r-  *      *   | claim
RUN       SUSPEND   rc  *      *   | claim
RUN       TERMINATE --  *      *   | rest
RUN       TERMINATE -c  *      *   | rest
RUN       TERMINATE r-  *      *   | rest
RUN       TERMINATE rc  *      *   | rest

SUSPEND   INIT      --  *      no  | settle>suspended
SUSPEND   INIT      --  *      yes | claim
SUSPEND   INIT      -c  *      *   | claim
SUSPEND   INIT      r-  *      no  | settle>suspended
SUSPEND   INIT      r-  *      yes | claim
SUSPEND   INIT      rc  *      *   | claim
SUSPEND   RUN       --  *      no  | settle>suspended
SUSPEND   RUN       --  *      yes | claim
SUSPEND   RUN       -c  *      *   | claim
SUSPEND   RUN       r-  *      no  | settle>suspended
SUSPEND   RUN       r-  *      yes | claim
SUSPEND   RUN       rc  *      *   | claim
SUSPEND   SUSPEND   --  *      *   | rest
SUSPEND   SUSPEND   -c  *      *   | rest
SUSPEND   SUSPEND   r-  *      *   | rest
SUSPEND   SUSPEND   rc  *      *   | rest
SUSPEND   TERMINATE --  *      *   | rest
SUSPEND   TERMINATE -c  *      *   | rest
SUSPEND   TERMINATE r-  *      *   | rest
SUSPEND   TERMINATE rc  *      *   | rest

TERMINATE INIT      --  *      no  | settle>terminated
TERMINATE INIT      --  *      yes | settle>completed
TERMINATE INIT      -c  *      *   | claim
TERMINATE INIT      r-  none   no  | claim
TERMINATE INIT      r-  begun  no  | claim
TERMINATE INIT      r-  failed no  | rest
TERMINATE INIT      r-  *      yes | settle>completed
TERMINATE INIT      rc  *      *   | claim
TERMINATE RUN       --  *      no  | settle>terminated
TERMINATE RUN       --  *      yes | settle>completed
TERMINATE RUN       -c  *      *   | claim
TERMINATE RUN       r-  none   no  | claim
TERMINATE RUN       r-  begun  no  | claim
TERMINATE RUN       r-  failed no  | rest
TERMINATE RUN       r-  *      yes | settle>completed
TERMINATE RUN       rc  *      *   | claim
TERMINATE SUSPEND   --  *      no  | settle>terminated
TERMINATE SUSPEND   --  *      yes | settle>completed
TERMINATE SUSPEND   -c  *      *   | claim
TERMINATE SUSPEND   r-  none   no  | claim
TERMINATE SUSPEND   r-  begun  no  | claim
TERMINATE SUSPEND   r-  failed no  | rest
TERMINATE SUSPEND   r-  *      yes | settle>completed
TERMINATE SUSPEND   rc  *      *   | claim
TERMINATE TERMINATE --  *      *   | rest
TERMINATE TERMINATE -c  *      *   | rest
TERMINATE TERMINATE r-  *      *   | rest
TERMINATE TERMINATE rc  *      *   | rest
";

/// A row of a table: what it covers, and what it expects.
struct Row {
    line: &'static str,
    covers: Vec<&'static str>,
    expects: Vec<&'static str>,
}

fn rows(table: &'static str) -> Vec<Row> {
    table
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut columns = line.split('|');
            let covers = columns.next().unwrap().split_whitespace().collect();
            Row {
                line,
                covers,
                expects: columns.map(str::trim).collect(),
            }
        })
        .collect()
}

/// The one row that covers `words`.
fn row<'a>(rows: &'a [Row], words: &[String]) -> &'a Row {
    let fits = |pattern: &str, word: &str| {
        pattern == "*"
            || (pattern.len() == word.len()
                && pattern
                    .chars()
                    .zip(word.chars())
                    .all(|(pattern, found)| pattern == '*' || pattern == found))
    };
    let found: Vec<&Row> = rows
        .iter()
        .filter(|row| {
            row.covers.len() == words.len()
                && row
                    .covers
                    .iter()
                    .zip(words)
                    .all(|(pattern, word)| fits(pattern, word))
        })
        .collect();
    match found.as_slice() {
        [row] => row,
        [] => panic!("no row covers {words:?}"),
        several => panic!(
            "{words:?} is covered more than once: {:?}",
            several.iter().map(|row| row.line).collect::<Vec<_>>()
        ),
    }
}

fn flag(owed: bool, letter: char) -> char {
    if owed { letter } else { '-' }
}

fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.into()
}

fn stage(stage: RollbackStage) -> &'static str {
    match stage {
        RollbackStage::None => "none",
        RollbackStage::Begun => "begun",
        RollbackStage::Failed => "failed",
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Completed => "completed",
        Ending::Terminated => "terminated",
        Ending::Failed => "failed",
        Ending::Suspended => "suspended",
        Ending::Released => "released",
    }
}

fn step(step: Step) -> String {
    match step {
        Step::Rest => "rest".into(),
        Step::Init => "init".into(),
        Step::Batch => "batch".into(),
        Step::Hook(hook, None) => hook.to_string(),
        Step::Hook(hook, Some(to)) => format!("{hook}>{}", ending(to)),
        Step::Settle(to) => format!("settle>{}", ending(to)),
    }
}

fn words_of_held(standing: &Standing) -> Vec<String> {
    let owed = standing.owed;
    vec![
        standing.desired.to_string(),
        standing.current.word().to_string(),
        [
            flag(owed.on_suspend, 'o'),
            flag(owed.rollback, 'r'),
            flag(owed.cleanup, 'c'),
        ]
        .iter()
        .collect(),
        standing.begun.map_or("none", ending).into(),
        stage(standing.rollback).into(),
        yes(standing.exhausted),
    ]
}

#[test]
fn a_holder_plans_what_the_table_says_for_every_combination() {
    let held = rows(HELD);
    let leftover = rows(LEFTOVER);
    let mut used = std::collections::BTreeSet::new();
    for standing in every_standing() {
        let row = if standing.owed.leftover {
            row(&leftover, &[standing.current.word().to_string()])
        } else {
            row(&held, &words_of_held(&standing))
        };
        used.insert(row.line);
        let happened = [Happened::Boundary, Happened::GaveUp, Happened::Stopping];
        assert_eq!(row.expects.len(), happened.len(), "columns of {}", row.line);
        for (happened, expected) in happened.into_iter().zip(&row.expects) {
            let planned = step(plan(&standing, happened));
            assert_eq!(&planned, expected, "{happened:?} of {standing:?}");
        }
    }
    assert_eq!(used.len(), held.len() + leftover.len(), "an idle row");
}

#[test]
fn a_task_that_nobody_holds_goes_where_the_table_says_for_every_combination() {
    let table = rows(UNHELD);
    let mut used = std::collections::BTreeSet::new();
    for standing in every_standing() {
        let owed = standing.owed;
        let cleanup = owed.cleanup || owed.leftover;
        let row = row(
            &table,
            &[
                standing.desired.to_string(),
                standing.current.word().to_string(),
                [flag(owed.rollback, 'r'), flag(cleanup, 'c')]
                    .iter()
                    .collect(),
                stage(standing.rollback).into(),
                yes(standing.exhausted),
            ],
        );
        used.insert(row.line);
        let found = match unheld(&standing) {
            Unheld::Rest => "rest".into(),
            Unheld::Claim => "claim".into(),
            Unheld::Settle(to) => format!("settle>{}", ending(to)),
        };
        assert_eq!(vec![found.as_str()], row.expects, "{standing:?}");
    }
    assert_eq!(used.len(), table.len(), "an idle row");
}

#[test]
fn the_table_names_every_pair_of_states_with_and_without_each_owed_hook() {
    let table = rows(HELD);
    for desired in super::WANTS {
        for current in super::PLACES {
            for owed in ["--", "-c", "r-", "rc"] {
                let named = table.iter().any(|row| {
                    row.covers[0] == desired.as_str()
                        && row.covers[1] == current.word().as_str()
                        && &row.covers[2][1..] == owed
                });
                assert!(named, "{desired} {current:?} {owed}");
            }
        }
    }
}

#[test]
fn cleanup_is_planned_after_every_other_hook() {
    for standing in every_standing() {
        for happened in [
            Happened::Boundary,
            Happened::GaveUp,
            Happened::Stopping,
            Happened::Gated,
        ] {
            if let Step::Hook(Hook::Cleanup, Some(to)) = plan(&standing, happened) {
                let before = match to {
                    Ending::Terminated => standing.owed.rollback,
                    Ending::Suspended => standing.owed.on_suspend,
                    Ending::Completed | Ending::Failed | Ending::Released => false,
                };
                assert!(!before, "{happened:?} of {standing:?}");
            }
        }
    }
}

#[test]
fn nothing_is_planned_for_a_task_that_has_ended() {
    for standing in every_standing() {
        if matches!(standing.current, Current::Terminate { .. }) {
            assert_eq!(plan(&standing, Happened::Boundary), Step::Rest);
            assert_eq!(unheld(&standing), Unheld::Rest);
        }
    }
}
