//! Random sequences of everything that can happen to a task, driven through the rules as the
//! store drives them.

use proptest::prelude::*;

use crate::rules::{self, Change, Happened, Standing, Step, Unheld};
use crate::state::{Current, Desired, Ending, Hook, Outcome, Owed, RollbackStage};
use crate::time::Timestamp;

const HOOK_ATTEMPTS: u32 = 3;
/// Batches that a rollback undoes.
const BATCHES: u32 = 3;

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Somebody asks for a state.
    Ask(Desired),
    /// A worker looks for work: what waits, or what a dead worker left.
    Claim,
    /// The holder plans at a boundary; what it planned is written by the next `Go`.
    Plan(Happened),
    /// The holder does what it planned.
    Go { last: bool, fails: bool },
    /// The holder dies.
    Die,
    /// Somebody has a rollback that failed tried again.
    TryAgain,
    /// Somebody asks for TERMINATE, and for what is done to be kept.
    Keep,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let want = prop_oneof![
        3 => Just(Desired::Run),
        2 => Just(Desired::Suspend),
        1 => Just(Desired::Terminate)
    ];
    let happened = prop_oneof![
        8 => Just(Happened::Boundary),
        1 => Just(Happened::GaveUp),
        1 => Just(Happened::Stopping),
        1 => Just(Happened::Gated)
    ];
    let act = prop_oneof![
        3 => want.prop_map(Act::Ask),
        3 => Just(Act::Claim),
        6 => happened.prop_map(Act::Plan),
        6 => (prop::bool::weighted(0.1), prop::bool::weighted(0.2))
            .prop_map(|(last, fails)| Act::Go { last, fails }),
        1 => Just(Act::Die),
        1 => Just(Act::TryAgain),
        1 => prop::bool::weighted(0.2)
            .prop_map(|keeps| if keeps { Act::Keep } else { Act::TryAgain }),
    ];
    prop::collection::vec(act, 0..80)
}

fn brings() -> impl Strategy<Value = Owed> {
    (any::<bool>(), any::<bool>()).prop_map(|(rollback, cleanup)| Owed {
        rollback,
        cleanup,
        ..Owed::default()
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Begun,
    Recorded,
}

/// A hook as the task's users see it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    hook: Hook,
    leftover: bool,
    epoch: u32,
    how: How,
}

#[derive(Debug)]
struct Task {
    brings: Owed,
    standing: Standing,
    hook: Option<Hook>,
    hook_attempts: u32,
    epoch: u32,
    claim: Option<Owner>,
    claimable: bool,
    ended: Option<Current>,
    seen: Vec<Seen>,
    /// Batches that are left to be undone.
    left: u32,
    keep: bool,
}

#[derive(Clone, Copy, Debug)]
struct Owner {
    lives: bool,
    planned: Option<(Step, Happened)>,
    in_hook: Option<Hook>,
}

impl Task {
    fn submitted(brings: Owed) -> Self {
        let mut task = Self {
            brings,
            standing: Standing {
                desired: Desired::Run,
                current: Current::Init,
                owed: Owed::default(),
                begun: None,
                rollback: RollbackStage::None,
                exhausted: false,
            },
            hook: None,
            hook_attempts: 0,
            epoch: 0,
            claim: None,
            claimable: false,
            ended: None,
            seen: Vec::new(),
            left: BATCHES,
            keep: false,
        };
        task.act_unheld();
        task
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Ask(want) => self.ask(want),
            Act::Claim => self.be_claimed(),
            Act::Plan(happened) => self.plan(happened),
            Act::Go { last, fails } => self.go(last, fails),
            Act::TryAgain => {
                if self.standing.rollback == RollbackStage::Failed {
                    self.standing.rollback = RollbackStage::Begun;
                    self.ask(Desired::Terminate);
                }
            }
            Act::Keep => self.ask_to_keep(),
            Act::Die => {
                if let Some(owner) = &mut self.claim {
                    owner.lives = false;
                }
            }
        }
        self.check();
    }

    fn ask(&mut self, want: Desired) {
        let Ok(desired) = rules::request(&self.standing, want) else {
            return;
        };
        self.standing.desired = desired;
        if desired != Desired::Terminate {
            self.keep = false;
        }
        if self.claim.is_none() {
            self.act_unheld();
        }
    }

    fn ask_to_keep(&mut self) {
        if rules::request(&self.standing, Desired::Terminate).is_err() {
            return;
        }
        self.keep = true;
        if self.standing.rollback == RollbackStage::Failed {
            self.standing.rollback = RollbackStage::Begun;
        }
        let mut without = self.standing;
        without.desired = Desired::Terminate;
        without.owed.rollback = false;
        if self.claim.is_none() && matches!(rules::unheld(&without), Unheld::Settle(_)) {
            self.standing.owed.rollback = false;
        }
        self.ask(Desired::Terminate);
    }

    fn be_claimed(&mut self) {
        match self.claim {
            None if self.claimable => {}
            Some(owner) if !owner.lives => {}
            None | Some(_) => return,
        }
        let change = rules::claim_change(&self.standing);
        let owed = rules::owed_at_claim(&self.standing, self.brings);
        self.change(change);
        self.standing.owed = owed;
        self.hook = None;
        if change == Change::ClaimToRun {
            self.standing.begun = None;
        }
        self.epoch += 1;
        self.claimable = false;
        self.claim = Some(Owner {
            lives: true,
            planned: None,
            in_hook: None,
        });
    }

    fn holder(&mut self) -> Option<&mut Owner> {
        self.claim.as_mut().filter(|owner| owner.lives)
    }

    fn plan(&mut self, happened: Happened) {
        let step = rules::plan(&self.standing, happened);
        // Only a batch can be given up.
        let real = happened != Happened::GaveUp
            || matches!(self.standing.current, Current::Init | Current::Run);
        if let Some(owner) = self.holder()
            && owner.in_hook.is_none()
            && real
        {
            owner.planned = Some((step, happened));
        }
    }

    fn go(&mut self, last: bool, fails: bool) {
        let Some(owner) = self.holder() else {
            return;
        };
        match owner.in_hook.take() {
            Some(Hook::Rollback) => return self.undo_one(fails),
            Some(hook) => return self.end_hook(hook, fails),
            None => {}
        }
        let Some((step, happened)) = owner.planned.take() else {
            return;
        };
        let stale = rules::plan(&self.standing, happened) != step;
        match step {
            Step::Rest => panic!("a task that has ended is held: {self:?}"),
            Step::Init => self.change(Change::Prepared),
            Step::Batch => {
                self.standing.exhausted = last && self.standing.desired != Desired::Terminate;
            }
            Step::Hook(..) | Step::Settle(_) if stale => {}
            Step::Hook(Hook::Rollback, ending) => self.roll_back(ending),
            Step::Hook(hook, ending) => self.begin_hook(hook, ending),
            Step::Settle(ending) => {
                self.settle(ending);
                self.claim = None;
                self.act_unheld();
            }
        }
    }

    /// Begins the rollback, or goes on with it after a boundary.
    fn roll_back(&mut self, ending: Option<Ending>) {
        self.standing.begun = ending;
        if self.keep {
            self.record(Hook::Rollback);
            return;
        }
        self.standing.rollback = RollbackStage::Begun;
        if self.hook != Some(Hook::Rollback) {
            self.hook = Some(Hook::Rollback);
            let seen = self.seen(Hook::Rollback, How::Begun);
            self.refuse_what_may_not_begin(seen);
            self.seen.push(seen);
        }
        if let Some(owner) = self.holder() {
            owner.in_hook = Some(Hook::Rollback);
        }
    }

    fn undo_one(&mut self, fails: bool) {
        if fails {
            // Unless what is left is kept by now.
            if !self.keep {
                self.standing.rollback = RollbackStage::Failed;
                self.hook = None;
            }
            return;
        }
        self.left -= 1;
        if self.left == 0 {
            self.record(Hook::Rollback);
        }
    }

    fn begin_hook(&mut self, hook: Hook, ending: Option<Ending>) {
        if ending.is_some() {
            self.standing.begun = ending;
        }
        if self.hook_attempts >= HOOK_ATTEMPTS {
            self.record(hook);
            return;
        }
        self.hook = Some(hook);
        self.hook_attempts += 1;
        let seen = self.seen(hook, How::Begun);
        self.refuse_what_may_not_begin(seen);
        self.seen.push(seen);
        if let Some(owner) = self.holder() {
            owner.in_hook = Some(hook);
        }
    }

    fn end_hook(&mut self, hook: Hook, fails: bool) {
        self.hook = None;
        if fails && self.hook_attempts < HOOK_ATTEMPTS {
            return;
        }
        self.record(hook);
    }

    fn record(&mut self, hook: Hook) {
        let seen = self.seen(hook, How::Recorded);
        self.seen.push(seen);
        self.standing.owed = rules::owed_after(self.standing.owed, hook);
        self.hook_attempts = 0;
        self.hook = None;
    }

    fn seen(&self, hook: Hook, how: How) -> Seen {
        Seen {
            hook,
            leftover: self.standing.owed.leftover,
            epoch: self.epoch,
            how,
        }
    }

    fn settle(&mut self, ending: Ending) {
        let rested = matches!(self.standing.current, Current::Suspend { .. });
        if ending == Ending::Suspended && !rested {
            let owed = self.standing.owed;
            assert!(
                !owed.cleanup && !owed.leftover,
                "suspended while owing {owed:?}"
            );
        }
        self.standing.owed = rules::owed_once_settled(self.standing.owed, ending);
        self.standing.begun = None;
        self.hook = None;
        self.hook_attempts = 0;
        self.change(Change::Settle(ending));
    }

    fn act_unheld(&mut self) {
        self.claimable = false;
        match rules::unheld(&self.standing) {
            Unheld::Rest => {}
            Unheld::Claim => self.claimable = true,
            Unheld::Settle(ending) => self.settle(ending),
        }
    }

    fn change(&mut self, change: Change) {
        self.standing.current =
            rules::transition(self.standing.current, change, Timestamp::default())
                .unwrap_or_else(|refused| panic!("{change:?}: {refused}; {self:?}"));
    }

    fn refuse_what_may_not_begin(&self, new: Seen) {
        let done = |hook: Hook, leftover: bool| {
            self.seen.iter().any(|seen| {
                seen.how == How::Recorded
                    && seen.epoch == new.epoch
                    && seen.hook == hook
                    && seen.leftover == leftover
            })
        };
        assert!(
            !done(new.hook, new.leftover),
            "{new:?} runs twice; {self:?}"
        );
        assert!(
            !done(Hook::Cleanup, false),
            "{new:?} runs after cleanup; {self:?}"
        );
        if new.hook == Hook::Rollback {
            let before = self
                .seen
                .iter()
                .any(|seen| seen.hook == Hook::Rollback && seen.how == How::Recorded);
            assert!(!before, "rolled back twice; {self:?}");
        }
    }

    fn check(&mut self) {
        match (self.ended, self.standing.current) {
            (None, Current::Terminate { .. }) => {
                self.ended = Some(self.standing.current);
                let terminated = matches!(
                    self.standing.current,
                    Current::Terminate {
                        outcome: Outcome::Terminated,
                        ..
                    }
                );
                let rolled_back = self.left == 0 || self.keep || !self.brings.rollback;
                assert!(
                    !terminated || rolled_back || self.epoch == 0,
                    "ended without its rollback; {self:?}"
                );
                assert!(
                    terminated || self.left == BATCHES,
                    "undone, and not terminated; {self:?}"
                );
                assert!(self.claim.is_none(), "ended, and still held");
                assert_eq!(self.standing.owed, Owed::default());
                if let Some(last) = self.seen.last()
                    && self.brings.cleanup
                {
                    assert_eq!(last.hook, Hook::Cleanup, "cleanup comes last; {self:?}");
                    assert_eq!(last.how, How::Recorded);
                }
            }
            (ended, current) => {
                assert!(
                    ended.is_none_or(|ended| ended == current),
                    "ended, and changed"
                );
            }
        }
        if self.standing.rollback != RollbackStage::None {
            assert_eq!(self.standing.desired, Desired::Terminate, "{self:?}");
        }
        let waits = rules::unheld(&self.standing) == Unheld::Claim;
        assert_eq!(self.claimable, self.claim.is_none() && waits, "{self:?}");
    }

    /// Lets workers do what there is to do, until nothing is left.
    fn go_on(&mut self) {
        for _ in 0..60 {
            self.act(Act::TryAgain);
            self.act(Act::Claim);
            self.act(Act::Plan(Happened::Boundary));
            self.act(Act::Go {
                last: false,
                fails: false,
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_happens_the_invariants_hold(brings in brings(), acts in acts()) {
        let mut task = Task::submitted(brings);
        for act in acts {
            task.act(act);
        }
    }

    #[test]
    fn a_task_wanted_terminated_ends_if_somebody_goes_on(brings in brings(), acts in acts()) {
        let mut task = Task::submitted(brings);
        for act in acts {
            task.act(act);
        }
        task.act(Act::Ask(Desired::Terminate));
        task.act(Act::Die);
        task.go_on();
        prop_assert!(
            matches!(task.standing.current, Current::Terminate { .. }),
            "{:?}", task
        );
    }

    #[test]
    fn a_task_wanted_suspended_rests_or_ends_if_somebody_goes_on(
        brings in brings(),
        acts in acts(),
    ) {
        let mut task = Task::submitted(brings);
        for act in acts {
            task.act(act);
        }
        task.act(Act::Ask(Desired::Suspend));
        task.go_on();
        prop_assert!(
            matches!(
                task.standing.current,
                Current::Terminate { .. } | Current::Suspend { .. }
            ),
            "{:?}", task
        );
        let owed = Owed { rollback: false, ..task.standing.owed };
        prop_assert_eq!(owed, Owed::default());
        prop_assert!(task.claim.is_none());
    }

    #[test]
    fn a_suspension_withdrawn_before_the_boundary_costs_nothing(
        brings in brings(),
        acts in acts(),
    ) {
        let mut task = Task::submitted(brings);
        for act in acts {
            task.act(act);
        }
        task.act(Act::Ask(Desired::Run));
        if task.claim.is_none() || task.standing.desired != Desired::Run {
            return Ok(());
        }
        let before = format!("{task:?}");
        task.act(Act::Ask(Desired::Suspend));
        task.act(Act::Ask(Desired::Run));
        prop_assert_eq!(before, format!("{task:?}"));
    }
}
