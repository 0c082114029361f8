use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::store::TaskRow;

use crate::dashboard::effect::Effect;
use crate::dashboard::fixtures::{self, LIVING, THEME, all_sorts, held, seen, task};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::{Hosting, Model, Own};
use crate::dashboard::update::update;

const OWN: TaskNumber = TaskNumber(40);

fn begun() -> Model {
    let mut model = fixtures::filled(80, 24, THEME, &all_sorts());
    model.hosting = Hosting::Works(LIVING);
    model.own = Some(Own::new(OWN));
    model
}

fn tell(model: &mut Model, change: impl FnOnce(&mut TaskRow)) -> Vec<Effect> {
    let rows = vec![seen(&task(OWN.0, change))];
    let gone = Vec::new();
    let mut effects = update(model, Message::News(News::Changed { rows, gone }));
    effects.retain(|effect| matches!(effect, Effect::Take(_)));
    effects
}

fn runs(row: &mut TaskRow) {
    held(row, LIVING, StateWord::Run);
}

#[test]
fn the_page_of_the_own_task_is_open_first() {
    let mut model = begun();
    tell(&mut model, runs);
    let selected = model.tasks.selected().map(|row| row.number);
    assert_eq!(selected, Some(OWN));
    assert!(model.pages.detail.is_some());
    model.pages.detail = None;
    tell(&mut model, runs);
    assert!(model.pages.detail.is_none(), "what was closed stays closed");
}

#[test]
fn the_own_task_is_taken_once_each_time_that_it_waits() {
    let mut model = begun();
    assert_eq!(tell(&mut model, runs), []);
    for _ in 0..2 {
        assert_eq!(tell(&mut model, |_| ()), [Effect::Take(OWN)]);
        assert_eq!(tell(&mut model, |_| ()), []);
        assert_eq!(tell(&mut model, runs), []);
    }
}

#[test]
fn a_worker_that_stops_takes_nothing() {
    let mut model = begun();
    tell(&mut model, runs);
    model.hosting = Hosting::Nothing;
    assert_eq!(tell(&mut model, |_| ()), []);
}
