//! A web service whose users have exports made for them, and suspend and resume these by its own buttons. The
//! worker is inside the service; operators see the same tasks with `longhaul`, and who asked for what.
//!
//! ```sh
//! cargo run -p longhaul-worker --example service -- ./store
//! curl -X POST -H 'X-User: ann' http://127.0.0.1:PORT/exports
//! curl -X POST -H 'X-User: ann' http://127.0.0.1:PORT/exports/1/suspend
//! curl 'http://127.0.0.1:PORT/events?from=0'
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::state::Desired;
use longhaul_common::store::{Absent, Opening, Store};
use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, Worker, new_task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiny_http::{Method, Request, Response, Server};

/// Writes a user's pages, one after the other.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Export {
    user: String,
    pages: u32,
}

struct Exporting {
    user: String,
}

impl Task for Exporting {
    const KIND: &'static str = "export";
    type Params = Export;
    type Item = Vec<u8>;
    type Shared = ();

    fn source(export: &Export, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::from(export.pages))))
    }

    fn init(export: Export, (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self { user: export.user })
    }

    fn batch(&mut self, pages: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        for page in pages {
            cx.check()?;
            std::thread::sleep(Duration::from_millis(1));
            cx.say(format!(
                "page {} of {}",
                String::from_utf8_lossy(page),
                self.user
            ));
        }
        Ok(())
    }
}

/// What the service answers: a status, and text.
type Answer = Result<(u16, String), Box<dyn Error>>;

struct Service {
    control: Control,
}

impl Service {
    fn answer(&self, request: &Request) -> Answer {
        let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
        let words: Vec<&str> = path.trim_matches('/').split('/').collect();
        let user = user_of(request);
        match (request.method(), words.as_slice(), user) {
            (Method::Post, ["exports"], Some(user)) => self.export(user),
            (Method::Get, ["exports", task], _) => self.show(task.parse()?),
            (Method::Post, ["exports", task, "suspend"], Some(user)) => {
                self.ask(Desired::Suspend, task.parse()?, user)
            }
            (Method::Post, ["exports", task, "resume"], Some(user)) => {
                self.ask(Desired::Run, task.parse()?, user)
            }
            (Method::Get, ["events"], _) => {
                let from = query.strip_prefix("from=").unwrap_or("0").parse()?;
                self.events(EventNumber(from))
            }
            _ => Ok((404, "there is no such page\n".into())),
        }
    }

    fn export(&self, user: &str) -> Answer {
        let mut task = new_task::<Exporting>(&Export {
            user: user.into(),
            pages: 100_000,
        })?;
        task.spec.batch_size = 10;
        task.spec.created_by = actor(user);
        Ok((201, format!("{}\n", self.control.submit(task)?.number)))
    }

    fn show(&self, task: u64) -> Answer {
        let view = self.control.view(TaskNumber(task))?;
        Ok((200, serde_json::to_string(&view)?))
    }

    /// Asks in the user's name, for a task of theirs.
    fn ask(&self, want: Desired, task: u64, user: &str) -> Answer {
        let task = TaskNumber(task);
        let row = self.control.store().task(task)?;
        if row.spec.created_by.claimed.as_deref() != Some(user) {
            return Ok((403, format!("task {task} is not yours\n")));
        }
        let asking = self.control.ask(want, [task]);
        let answers = asking
            .by(actor(user))
            .because("the button on the page")
            .send()?;
        match answers.into_iter().find_map(|answer| answer.refused) {
            Some(refused) => Ok((409, format!("{refused}\n"))),
            None => Ok((202, String::new())),
        }
    }

    /// What happened since; waits for something to, for a while.
    fn events(&self, from: EventNumber) -> Answer {
        let deadline = Instant::now() + Duration::from_secs(5);
        let events = self.control.watch(from, None).next(Some(deadline))?;
        let told = events
            .iter()
            .map(|event| format!("{} {}\n", event.number, event.sentence()));
        Ok((200, told.collect()))
    }
}

fn user_of(request: &Request) -> Option<&str> {
    let mut headers = request.headers().iter();
    let header = headers.find(|header| header.field.equiv("X-User"))?;
    Some(header.value.as_str())
}

/// This service, in the name of a user of it.
fn actor(user: &str) -> Actor {
    Actor::this_process().claiming(Some(user.to_owned()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args_os()
        .nth(1)
        .ok_or("name the store's folder")?;
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(dir.as_ref(), opening)?;
    let _worker = Worker::builder(store.clone())
        .register::<Exporting>(())
        .spawn()?;
    let service = Service {
        control: Control::new(store)?,
    };
    let server = Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
    println!("listens on {}", server.server_addr());
    for request in server.incoming_requests() {
        let (status, text) = service
            .answer(&request)
            .unwrap_or_else(|error| (500, format!("{error}\n")));
        request.respond(Response::from_string(text).with_status_code(status))?;
    }
    Ok(())
}
