//! Through the pages of a slow service on loopback, and given up in the middle of a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};

use longhaul_common::state::{Outcome, StateWord};
use serde_json::json;
use tiny_http::{Method, Request, Response, Server};

use crate::harness::{Worker, World, example, wait_until};

const USERS: u64 = 95;

/// What the service knows.
#[derive(Default)]
struct Known {
    scores: BTreeMap<u64, String>,
    written: u64,
    pages: u64,
    /// Users at which it gives no answer,
    silent_at: BTreeSet<u64>,
    /// and how often one was asked for.
    asked_in_vain: u64,
    /// Answers "try later" so many times.
    busy: u32,
}

struct Service {
    known: Arc<(Mutex<Known>, Condvar)>,
    server: Arc<Server>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Service {
    fn start() -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let known: Arc<(Mutex<Known>, Condvar)> = Arc::default();
        let threads = (0..2)
            .map(|_| {
                let (server, known) = (Arc::clone(&server), Arc::clone(&known));
                std::thread::spawn(move || {
                    for request in server.incoming_requests() {
                        let known = Arc::clone(&known);
                        // One that gets no answer keeps no other waiting.
                        std::thread::spawn(move || answer(request, &known));
                    }
                })
            })
            .collect();
        Self {
            known,
            server,
            threads,
        }
    }

    fn address(&self) -> String {
        self.server.server_addr().to_string()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.0.lock().unwrap()
    }

    /// Answers from now on.
    fn speak(&self) {
        self.known().silent_at.clear();
        self.known.1.notify_all();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.speak();
        for _ in &self.threads {
            self.server.unblock();
        }
    }
}

fn answer(mut request: Request, known: &(Mutex<Known>, Condvar)) {
    let url = request.url().to_owned();
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).unwrap();
    let mut state = known.0.lock().unwrap();
    if state.busy > 0 {
        state.busy -= 1;
        drop(state);
        let _ = request.respond(Response::from_string("later").with_status_code(503));
        return;
    }
    let text = if *request.method() == Method::Get {
        state.pages += 1;
        page(&url)
    } else {
        let id: u64 = url.split('/').nth(2).unwrap().parse().unwrap();
        if state.silent_at.contains(&id) {
            state.asked_in_vain += 1;
            while state.silent_at.contains(&id) {
                state = known.1.wait(state).unwrap();
            }
            // Whoever asked has gone.
            return;
        }
        state.written += 1;
        state.scores.insert(id, body);
        String::new()
    };
    drop(state);
    // Whoever asked may have been killed.
    let _ = request.respond(Response::from_string(text));
}

fn page(url: &str) -> String {
    let number = |name: &str| -> u64 {
        let (_, rest) = url.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().parse().unwrap()
    };
    let after = number("after");
    let last = (after + number("limit")).min(USERS);
    let users: Vec<_> = (after + 1..=last)
        .map(|id| json!({"id": id, "name": if id == 50 { "" } else { "eve" }}))
        .collect();
    json!({"users": users, "next": (last < USERS).then_some(last)}).to_string()
}

fn worker(world: &World) -> Worker {
    let mut command = Command::new(example("backfill"));
    command.env("LONGHAUL_STORE", world.store_dir());
    world.worker_of(command)
}

fn submit(world: &World, service: &Service, options: &str) -> longhaul_common::id::TaskNumber {
    let line = format!(
        "submit backfill --param service={} --batch-size 10 --backoff 1ms {options}",
        service.address()
    );
    world.submitted(&world.cli(line.split_whitespace()))
}

#[test]
fn it_writes_a_score_for_every_user_whatever_the_service_refuses_for_a_while() {
    let (world, service) = (World::new(), Service::start());
    service.known().busy = 3;
    let worker = worker(&world);
    let task = submit(&world, &service, "--param weight=7");
    wait_until("the end", || world.view(task).outcome.is_some());
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_failed), (USERS - 1, 1));
    assert!(view.retries >= 1);
    let known = service.known();
    let expected = (1..=USERS).filter(|id| *id != 50);
    assert_eq!(known.scores, expected.map(|id| (id, "21".into())).collect());
    drop(known);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn a_batch_that_hangs_at_the_service_is_given_up_at_once_by_force_and_repeated() {
    let (world, service) = (World::new(), Service::start());
    service.known().silent_at.insert(35);
    let worker = worker(&world);
    let task = submit(&world, &service, "");
    wait_until("silence", || service.known().asked_in_vain == 1);
    assert_eq!(world.view(task).batches_done, 3);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    let view = world.view(task);
    assert_eq!((view.items_done, view.retries), (30, 0));
    // The service has still given no answer: nobody waited for one.
    assert!(!service.known().silent_at.is_empty());
    service.speak();
    world.expect(0, &format!("resume {task}"));
    wait_until("the end", || world.view(task).outcome.is_some());
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    let known = service.known();
    assert_eq!(known.scores.len() as u64, USERS - 1);
    // 31 to 34 were written twice, and are the same.
    assert_eq!(known.written, USERS - 1 + 4);
    drop(known);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn killed_it_goes_on_at_its_page() {
    let (world, service) = (World::new(), Service::start());
    service.known().silent_at.insert(55);
    let first = worker(&world);
    let task = submit(&world, &service, "");
    wait_until("silence", || service.known().asked_in_vain == 1);
    let pages = service.known().pages;
    first.kill();
    service.speak();
    let second = worker(&world);
    wait_until("the end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    let known = service.known();
    assert_eq!(known.scores.len() as u64, USERS - 1);
    // The page of the batch in flight once more, and those after it.
    assert_eq!((pages, known.pages), (6, 6 + 5));
    drop(known);
    assert_eq!(second.stop(), Some(0));
}
