use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{BELIEVED, LONGEST_WAIT, Letter, SOON, Step, Tag, Window};

fn letter(tag: Tag, subscription: u64) -> Letter {
    Letter {
        tag,
        subscription,
        redelivered: false,
        body: Vec::new(),
    }
}

#[test]
fn a_busy_seat_keeps_its_acknowledgement_until_it_asks_for_more() {
    let now = Instant::now();
    let mut window = Window::new(1);
    let subscribe = Step::Subscribe {
        number: 1,
        prefetch: 1,
    };
    assert_eq!(window.step(now), subscribe);
    window.arrived(letter(1, 1), now);
    assert!(window.take(now).is_some());
    assert!(window.acknowledge(1, 1, now).is_empty());
    assert_eq!(window.step(now), Step::Rest(Some(now + LONGEST_WAIT)));
    assert_eq!(window.want(1), [1]);
    assert_eq!(window.step(now), Step::Rest(Some(now + BELIEVED)));
}

#[test]
fn an_acknowledgement_does_not_wait_for_ever() {
    let now = Instant::now();
    let mut window = Window::new(1);
    window.step(now);
    window.arrived(letter(1, 1), now);
    window.take(now);
    window.acknowledge(1, 1, now);
    let later = now + LONGEST_WAIT;
    assert_eq!(window.step(later), Step::Unsubscribe);
    assert_eq!(window.ended().acknowledge, [1]);
    assert_eq!(window.step(later), Step::Rest(None));
}

#[test]
fn who_holds_a_message_for_long_keeps_nobody_waiting() {
    let now = Instant::now();
    let mut window = Window::new(1);
    window.step(now);
    window.arrived(letter(1, 1), now);
    window.take(now);
    window.want(1);
    assert_eq!(window.step(now), Step::Rest(Some(now + SOON)));
    assert_eq!(window.step(now + SOON), Step::Unsubscribe);
    window.ended();
    let subscribe = Step::Subscribe {
        number: 2,
        prefetch: 1,
    };
    assert_eq!(window.step(now + SOON), subscribe);
    // Of the one that ended: it makes no room here.
    assert_eq!(window.acknowledge(1, 1, now + SOON), [1]);
}

#[test]
fn a_subscription_by_which_nothing_comes_is_begun_anew() {
    let now = Instant::now();
    let mut window = Window::new(2);
    window.step(now);
    assert_eq!(
        window.step(now + BELIEVED - Duration::from_millis(1)),
        Step::Rest(Some(now + BELIEVED))
    );
    assert_eq!(window.step(now + BELIEVED), Step::Unsubscribe);
}

#[derive(Clone, Debug)]
enum Act {
    Want(usize),
    Deliver,
    Take,
    Acknowledge,
    GiveBack,
    Step,
    Pass(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0usize..5).prop_map(Act::Want),
        Just(Act::Deliver),
        Just(Act::Deliver),
        Just(Act::Take),
        Just(Act::Acknowledge),
        Just(Act::GiveBack),
        Just(Act::Step),
        (1u64..40_000).prop_map(Act::Pass),
    ];
    proptest::collection::vec(act, 0..200)
}

/// A broker that delivers as much as it may, and forgets nothing.
#[derive(Default)]
struct Broker {
    subscription: Option<(u64, usize)>,
    delivered: BTreeMap<Tag, u64>,
    next: Tag,
    settled: BTreeSet<Tag>,
}

impl Broker {
    fn settle(&mut self, tags: Vec<Tag>) {
        for tag in tags {
            assert!(
                self.delivered.remove(&tag).is_some(),
                "{tag} was not outstanding"
            );
            assert!(self.settled.insert(tag), "{tag} was settled twice");
        }
    }

    fn places(&self) -> usize {
        self.subscription.map_or(0, |(number, prefetch)| {
            let mine = self.delivered.values().filter(|by| **by == number).count();
            prefetch - mine
        })
    }

    fn deliver(&mut self) -> Option<Letter> {
        (self.places() > 0).then(|| {
            let (number, _) = self.subscription.expect("it has places");
            self.next += 1;
            self.delivered.insert(self.next, number);
            letter(self.next, number)
        })
    }
}

/// Does all that is to be done, as a postman without delay would.
fn settle(window: &mut Window, broker: &mut Broker, now: Instant) {
    for _ in 0..10 {
        match window.step(now) {
            Step::Subscribe { number, prefetch } => {
                assert!(prefetch > 0);
                broker.subscription = Some((number, prefetch));
            }
            Step::Unsubscribe => {
                broker.subscription = None;
                let settled = window.ended();
                broker.settle(settled.acknowledge);
                broker.settle(settled.give_back);
            }
            Step::GiveBack(tags) => broker.settle(tags),
            Step::Rest(until) => {
                assert!(until.is_none_or(|until| until > now), "it would not rest");
                return;
            }
        }
    }
    panic!("it comes to no rest");
}

proptest! {
    #[test]
    fn no_more_is_asked_for_than_seats_wait_and_no_less_for_long(acts in acts()) {
        let mut now = Instant::now();
        let mut window = Window::new(0);
        let mut broker = Broker::default();
        let mut hands: Vec<(Tag, u64)> = Vec::new();
        let mut kept = 0;
        for act in acts {
            match act {
                Act::Want(seats) => broker.settle(window.want(seats)),
                Act::Deliver => {
                    if let Some(letter) = broker.deliver() {
                        window.arrived(letter, now);
                    }
                }
                Act::Take => hands.extend(window.take(now).map(|letter| (letter.tag, letter.subscription))),
                Act::Acknowledge => {
                    if let Some((tag, subscription)) = hands.pop() {
                        kept += 1;
                        broker.settle(window.acknowledge(tag, subscription, now));
                    }
                }
                Act::GiveBack => {
                    if let Some((tag, subscription)) = hands.pop() {
                        window.give_back(tag, subscription);
                    }
                }
                Act::Step => {}
                Act::Pass(milliseconds) => now += Duration::from_millis(milliseconds),
            }
            settle(&mut window, &mut broker, now);
            let open = window.letters.len() + broker.places();
            prop_assert!(open <= window.wanted(), "{open} for {} seats", window.wanted());
        }
        now += SOON;
        settle(&mut window, &mut broker, now);
        prop_assert_eq!(window.letters.len() + broker.places(), window.wanted());
        broker.settle(window.close());
        let held = hands.len() + window.letters.len();
        prop_assert_eq!(broker.delivered.len(), held, "{} were begun", kept);
    }
}
