//! A web service whose users suspend their own tasks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

use crate::harness::{World, example, wait_for, wait_until};

/// Sends a request, and gives the status and the body of the answer.
fn ask(address: &str, method: &str, path: &str, user: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nX-User: {user}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

#[test]
fn its_users_suspend_and_resume_their_own_tasks_and_no_others_in_their_own_names() {
    let world = World::new();
    let mut command = Command::new(example("service"));
    command.arg(world.store_dir());
    let mut service = world.start_command(&command);
    let address = wait_for("its address", || {
        let said = service.stdout();
        let (_, address) = said.split_once("listens on ")?;
        address.strip_suffix('\n').map(str::to_owned)
    });
    let (status, task) = ask(&address, "POST", "/exports", "ann");
    assert_eq!(status, 201);
    let task = TaskNumber(task.trim().parse().unwrap());
    wait_until("some progress", || world.view(task).batches_done > 0);

    let button =
        |word: &str, user: &str| ask(&address, "POST", &format!("/exports/{task}/{word}"), user).0;
    assert_eq!(button("suspend", "bob"), 403);
    assert_eq!(button("suspend", "ann"), 202);
    world.wait_for_state(task, StateWord::Suspend);
    let view = world.view(task);
    assert_eq!(
        view.desired_reason.as_deref(),
        Some("the button on the page")
    );
    let by = world.row(task).wish.by;
    assert_eq!(by.claimed.as_deref(), Some("ann"));
    assert_eq!(by.program, "service");

    // What the service shows is what operators see.
    let (status, shown) = ask(&address, "GET", &format!("/exports/{task}"), "ann");
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (status, shown["current_state"].as_str()),
        (200, Some("SUSPEND"))
    );
    let (_, events) = ask(&address, "GET", "/events?from=0", "ann");
    assert!(events.contains("as \"ann\""), "{events}");

    let before = view.batches_done;
    let last = world.last_event();
    assert_eq!(button("resume", "ann"), 202);
    wait_until("more progress", || world.view(task).batches_done > before);
    let (_, events) = ask(&address, "GET", &format!("/events?from={last}"), "ann");
    let first = events.lines().next().unwrap();
    assert!(first.starts_with(&last.next().to_string()), "{events}");

    // An operator's word counts as well, and a task that has ended refuses.
    world.expect(0, &format!("terminate {task} --wait --timeout 10s"));
    assert_eq!(button("suspend", "ann"), 409);
    assert!(!service.has_ended());
}
