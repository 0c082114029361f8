//! `longhaul throttle`: the brake of the store.

use longhaul_common::brake::Brake;
use longhaul_common::safe_text::safe;
use serde_json::{Value, json};

use crate::cli::ThrottleArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &ThrottleArgs) -> Result<Outcome, Failure> {
    let Some(brake) = args.share else {
        let brake = session.look()?.store().brake()?;
        return tell(session, brake.as_ref(), "");
    };
    let control = session.control()?;
    let (by, reason) = (control.actor().clone(), args.reason.clone());
    let before = control.store().set_brake(brake.0, by, reason)?;
    let so_before = before.map(|brake| brake.share) == brake.0;
    let now = control.store().brake()?;
    tell(
        session,
        now.as_ref(),
        if so_before { ", as before" } else { "" },
    )
}

fn tell(session: &Session, brake: Option<&Brake>, more: &str) -> Result<Outcome, Failure> {
    if session.json() {
        output::json_document(&document(brake))?;
        return Ok(Outcome::Done);
    }
    let told = match brake {
        Some(brake) => brake.to_string(),
        None => "the store is not throttled".to_owned(),
    };
    output::line(&safe(&format!("{told}{more}")))?;
    Ok(Outcome::Done)
}

fn document(brake: Option<&Brake>) -> Value {
    json!({
        "percent": brake.map(|brake| brake.share.percent()),
        "by": brake.map(|brake| &brake.by),
        "reason": brake.and_then(|brake| brake.reason.as_ref()),
        "at": brake.map(|brake| brake.at),
    })
}
