//! Two operators at once, with the policies and the timers between them: every interleaving of a few acts,
//! against the real store and a model that knows nothing of how it is done.
//!
//! What holds: the last request wins; nobody's later request is undone; what a policy or a timer asks for never
//! comes after somebody's request; a TERMINATE whose hooks have begun stays.

use std::time::Duration;

use super::{Home, OPENING, W1, ask, submit, with_cleanup};
use crate::actor::Actor;
use crate::id::{RequestNumber, TaskNumber, WorkerNumber};
use crate::progress::Progress;
use crate::rules::Happened;
use crate::state::{Desired, Ending, Hook};
use crate::store::policy::{Answered, policy_suspends};
use crate::store::tx::Reads as _;
use crate::store::{Ask, Held, HookBegin, Store, Undone};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Kim,
    Lea,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Ask(Who, Desired),
    /// A suspension whose time is over.
    Timed,
    /// The timers go off.
    Timers,
    /// Takes back the last request of this operator, by its number.
    Undo(Who),
    /// The error policy answers the request that is the last one, or the one before it.
    Policy {
        stale: bool,
    },
    /// The hooks of the termination begin, if that is wanted.
    Hooks,
}

const ACTS: [Act; 10] = [
    Act::Ask(Who::Kim, Desired::Suspend),
    Act::Ask(Who::Lea, Desired::Run),
    Act::Ask(Who::Kim, Desired::Terminate),
    Act::Timed,
    Act::Timers,
    Act::Undo(Who::Kim),
    Act::Undo(Who::Lea),
    Act::Policy { stale: false },
    Act::Policy { stale: true },
    Act::Hooks,
];

/// So many acts follow each other.
const LENGTH: usize = 4;

/// What is wanted, and by which request it was first: an undoing brings that back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    desired: Desired,
    first: u64,
    /// The number it bears now.
    number: u64,
    timed: bool,
}

/// What anybody would expect.
struct Model {
    wanted: Wanted,
    /// What there was before each request.
    before: Vec<(u64, Wanted)>,
    /// The last request of each operator.
    last: [Option<u64>; 2],
    /// The request before the last act.
    seen: u64,
    begun: bool,
}

impl Model {
    fn new() -> Self {
        Self {
            wanted: Wanted {
                desired: Desired::Run,
                first: 0,
                number: 0,
                timed: false,
            },
            before: Vec::new(),
            last: [None; 2],
            seen: 0,
            begun: false,
        }
    }

    /// Whether a request for this is refused.
    fn refuses(&self, desired: Desired) -> bool {
        self.begun && desired != Desired::Terminate
    }

    fn take(&mut self, number: RequestNumber, desired: Desired, timed: bool) {
        self.before.push((number.0, self.wanted));
        self.wanted = Wanted {
            desired,
            first: number.0,
            number: number.0,
            timed,
        };
    }

    /// What an undoing of this request brings back; None: it is refused.
    fn brings_back(&self, request: u64) -> Option<Wanted> {
        let (_, before) = self.before.iter().find(|(number, _)| *number == request)?;
        let stands = self.wanted.number == request || self.wanted.first == request;
        (stands && !self.refuses(before.desired)).then_some(*before)
    }
}

fn actor(who: Who) -> Actor {
    Actor {
        user: match who {
            Who::Kim => "kim".into(),
            Who::Lea => "lea".into(),
        },
        ..Actor::default()
    }
}

struct Scene<'a> {
    store: &'a Store,
    task: TaskNumber,
    held: Option<Held>,
    model: Model,
}

impl Scene<'_> {
    fn wish(&self) -> crate::store::Wish {
        self.store.task(self.task).unwrap().wish
    }

    fn act(&mut self, act: Act) {
        let seen = self.model.wanted.number;
        match act {
            Act::Ask(who, desired) => self.ask(who, desired, None),
            Act::Timed => {
                let past = Timestamp::now().before(Duration::from_secs(1));
                self.ask(Who::Lea, Desired::Suspend, Some(past));
            }
            Act::Timers => self.timers(),
            Act::Undo(who) => self.undo(who),
            Act::Policy { stale } => {
                let known = if stale { self.model.seen } else { seen };
                self.policy(RequestNumber(known));
            }
            Act::Hooks => self.hooks(),
        }
        self.model.seen = seen;
    }

    fn ask(&mut self, who: Who, desired: Desired, until: Option<Timestamp>) {
        let asked = Ask {
            by: actor(who),
            until,
            ..ask(desired)
        };
        let answer = self.store.request([self.task], asked).unwrap().remove(0);
        assert_eq!(answer.refused.is_some(), self.model.refuses(desired));
        if answer.refused.is_some() {
            return;
        }
        let wanted = self.model.wanted;
        let same = wanted.desired == desired && !wanted.timed && until.is_none();
        assert_eq!(answer.request.is_none(), same, "the last request wins");
        if let Some(number) = answer.request {
            self.model.last[who as usize] = Some(number.0);
            self.model.take(number, desired, until.is_some());
        }
    }

    fn timers(&mut self) {
        self.store.go_off(W1).unwrap();
        let number = self.wish().request;
        if self.model.wanted.timed && !self.model.begun {
            assert!(number.0 > self.model.wanted.number, "its time is over");
            self.model.take(number, Desired::Run, false);
        }
    }

    fn undo(&mut self, who: Who) {
        let Some(request) = self.model.last[who as usize] else {
            return;
        };
        let undone = self
            .store
            .undo_request(RequestNumber(request), actor(who), None)
            .unwrap();
        let Undone::Asked(answers) = undone else {
            panic!("it asked for a state: {undone:?}")
        };
        let back = self.model.brings_back(request);
        assert_eq!(answers[0].refused.is_none(), back.is_some(), "{answers:?}");
        let Some(back) = back else { return };
        let number = answers[0].request.expect("it was undone");
        self.model.before.push((number.0, self.model.wanted));
        self.model.last[who as usize] = Some(number.0);
        self.model.wanted = Wanted {
            number: number.0,
            // What is over would end at once.
            timed: false,
            ..back
        };
    }

    fn policy(&mut self, known: RequestNumber) {
        let task = self.task;
        let number = self
            .store
            .write(move |tx| {
                let mut wish = tx.task(task)?.wish;
                let failed = Answered {
                    worker: WorkerNumber(1),
                    request: known,
                    batch: Progress::default().batch,
                    attempts: 1,
                    error: "no such table",
                };
                policy_suspends(tx, task, &mut wish, &failed)?;
                Ok(wish.request)
            })
            .unwrap();
        let wanted = self.model.wanted;
        let acts = wanted.number == known.0 && wanted.desired == Desired::Run;
        assert_eq!(number.0 != wanted.number, acts, "it answers that request");
        if acts {
            self.model.take(number, Desired::Suspend, false);
        }
    }

    fn hooks(&mut self) {
        let Some(held) = &self.held else { return };
        if self.model.begun {
            return;
        }
        let (begun, _) = self
            .store
            .begin_hook(
                held.key,
                Happened::Boundary,
                Hook::Cleanup,
                Some(Ending::Terminated),
            )
            .unwrap();
        let wanted = self.model.wanted.desired == Desired::Terminate;
        assert_eq!(begun == HookBegin::Run(1), wanted);
        self.model.begun = wanted;
    }

    fn check(&self) {
        let wish = self.wish();
        let wanted = self.model.wanted;
        assert_eq!(
            (wish.desired, wish.request.0),
            (wanted.desired, wanted.number)
        );
    }
}

/// All sequences of so many acts that begin with this one. `run` gives how many acts it came through: one that
/// changes nothing makes what follows it the same as without it, so those that go on from it are left out.
fn every_sequence(first: Act, mut run: impl FnMut(&[Act]) -> usize) {
    let rest = LENGTH - 1;
    let below = |place: usize| ACTS.len().pow(u32::try_from(LENGTH - 1 - place).unwrap());
    let mut at = 0;
    while at < below(0) {
        let mut acts = vec![first];
        acts.extend((1..=rest).map(|place| ACTS[at / below(place) % ACTS.len()]));
        let came = run(&acts);
        at = (at / below(came) + 1) * below(came);
    }
}

fn in_memory() -> Home {
    let memory = std::path::Path::new("/dev/shm");
    let folder = tempfile::tempdir_in(memory)
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let store = Store::open(&folder.path().join("store"), OPENING).unwrap();
    Home { folder, store }
}

/// All sequences that begin with one of these, of a task that is held.
fn hold(firsts: &[Act]) {
    let home = in_memory();
    for first in firsts {
        every_sequence(*first, |acts| {
            let task = submit(&home.store, with_cleanup());
            let held = home.run(W1);
            assert_eq!(held.key.task, task);
            let mut scene = Scene {
                store: &home.store,
                task,
                held: Some(held),
                model: Model::new(),
            };
            let mut came = LENGTH - 1;
            for (place, act) in acts.iter().enumerate() {
                let before = (scene.model.wanted, scene.model.begun);
                let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    scene.act(*act);
                    scene.check();
                }));
                assert!(told.is_ok(), "act {place} of {acts:?}");
                if before == (scene.model.wanted, scene.model.begun) {
                    came = place;
                    break;
                }
            }
            // Its timer is none of the next one's.
            home.store.request([task], ask(Desired::Terminate)).unwrap();
            came
        });
    }
}

#[test]
fn whatever_begins_with_a_suspension() {
    hold(&ACTS[..1]);
}

#[test]
fn whatever_begins_with_a_resumption_or_a_policy() {
    hold(&[ACTS[1], ACTS[7]]);
}

#[test]
fn whatever_begins_with_a_termination() {
    hold(&ACTS[2..3]);
}

#[test]
fn whatever_begins_with_a_suspension_that_has_a_time() {
    hold(&ACTS[3..4]);
}
