//! The palette: the command line's own words.

use crate::dashboard::effect::Effect;
use crate::dashboard::model::Model;

pub(super) fn open(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}
