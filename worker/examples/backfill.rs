//! Pages through the users of a slow HTTP service, and writes a score back for each. Everything waits with
//! futures, so a batch that hangs at the service is given up at once when an operator forces it, and a
//! request that was under way is simply dropped.
//!
//! ```sh
//! cargo run -p longhaul-worker --example backfill
//! longhaul submit backfill --param service=127.0.0.1:8080 --batch-size 50
//! ```

use std::process::ExitCode;

use longhaul_worker::source::{AsyncPages, Awaited, Page};
use longhaul_worker::{Async, AsyncTask, Cx, Failure, OrFail as _, Source, Worker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Works out the score of every user, and writes it to the service.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Params {
    /// Where the service is: HOST:PORT.
    service: String,
    /// How much a letter of the name counts.
    #[serde(default = "one")]
    weight: u64,
}

fn one() -> u64 {
    1
}

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

/// A page, as the service gives it.
#[derive(Deserialize)]
struct Users {
    users: Vec<User>,
    next: Option<u64>,
}

struct Backfill {
    params: Params,
}

impl AsyncTask for Backfill {
    const KIND: &'static str = "backfill";
    type Params = Params;
    type Item = User;
    type Shared = ();

    fn source(params: &Params, (): &()) -> Result<Box<dyn Source<User>>, Failure> {
        let service = params.service.clone();
        let pages = AsyncPages::new(move |after: Option<u64>, size| {
            let service = service.clone();
            async move {
                let after = after.unwrap_or(0);
                let path = format!("/users?after={after}&limit={size}");
                let page = request(&service, "GET", &path, "").await?;
                let page: Users = serde_json::from_str(&page).or_suspend("reading a page")?;
                Ok(Page {
                    items: page.users,
                    next: page.next,
                })
            }
        });
        Ok(Box::new(Awaited(pages)))
    }

    async fn init(params: Params, (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self { params })
    }

    async fn batch(&mut self, users: &[User], cx: &Cx) -> Result<(), Failure> {
        for (place, user) in users.iter().enumerate() {
            if user.name.is_empty() {
                cx.skip_item(place, "the user has no name");
                continue;
            }
            let score = user.name.chars().count() as u64 * self.params.weight;
            // Written twice it is the same: a batch that was given up in the middle may start over.
            let path = format!("/users/{}/score", user.id);
            request(&self.params.service, "PUT", &path, &score.to_string()).await?;
        }
        cx.say(format!(
            "up to user {}",
            users.last().map_or(0, |user| user.id)
        ));
        Ok(())
    }
}

/// Sends a request, and gives the body of the answer. A real program has a client of its choice.
async fn request(service: &str, method: &str, path: &str, body: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(service)
        .await
        .or_retry("reaching the service")?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {service}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .or_retry("reading the answer")?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| Failure::retry(format!("{method} {path}: the answer is cut")))?;
    match head.split(' ').nth(1) {
        Some("200" | "204") => Ok(body.to_owned()),
        Some("404") => Err(Failure::skip(format!("{method} {path}: not found"))),
        status => Err(Failure::retry(format!(
            "{method} {path}: status {status:?}"
        ))),
    }
}

fn main() -> ExitCode {
    Worker::main(|worker| Ok(worker.register::<Async<Backfill>>(())))
}
