use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use longhaul_common::id::TaskId;

use super::super::check;
use super::server::{Server, free_port};
use super::{numbers, opened, silent, stream};
use crate::broker::BrokerError;

/// Why the address is refused, which must name the broker and the mend, and never show the password.
#[track_caller]
fn refusal(address: &str, mend: &str) -> String {
    let error = check(address).unwrap_err();
    assert!(matches!(error, BrokerError::Refused { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains(mend), "{said}");
    assert!(!format!("{said}{error:?}").contains("hunter"), "{said}");
    said
}

#[test]
fn what_works_is_accepted_and_leaves_nothing_behind() {
    let Some(server) = Server::start_with(&["--requirepass", "hunter2"]) else {
        return;
    };
    check(&server.address()).unwrap();
    check(&format!("{}/15", server.address())).unwrap();
    assert_eq!(server.ask(&["DBSIZE"]), "0");
    assert_eq!(server.ask(&["-n", "15", "DBSIZE"]), "0");
    let queue = opened(&server, TaskId::new());
    queue.push(&numbers(0..1)).unwrap();
    assert_eq!(server.ask(&["DBSIZE"]), "1");
}

#[test]
fn a_wrong_password_is_refused() {
    let Some(server) = Server::start_with(&["--requirepass", "hunter2"]) else {
        return;
    };
    let place = format!("127.0.0.1:{}", server.port());
    let mend = "the right password";
    refusal(&format!("redis://{place}"), mend);
    refusal(&format!("redis://:hunter3@{place}"), mend);
    let said = refusal(&format!("redis://ann:hunter2@{place}"), mend);
    assert!(
        said.contains(&format!("redis://ann:***@{place} refuses")),
        "{said}"
    );
}

#[test]
fn a_password_nobody_wants_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let address = format!("redis://ann:hunter2@127.0.0.1:{}", server.port());
    refusal(&address, "the right password");
}

#[test]
fn a_database_that_is_not_there_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    refusal(&format!("{}/16", server.address()), "another number");
}

#[test]
fn a_user_who_may_not_do_what_is_needed_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let address = format!("redis://ann:hunter2@127.0.0.1:{}", server.port());
    let user = ["ACL", "SETUSER", "ann", "on", ">hunter2"];
    for rights in [
        &["+@all", "~other:*", "&longhaul:*"][..],
        &["+@all", "-@stream", "~longhaul:*", "&longhaul:*"],
        &["+@all", "~longhaul:*", "resetchannels"],
    ] {
        server.ask(&[&user[..], &["resetkeys", "resetchannels"], rights].concat());
        refusal(&address, "~longhaul:*");
    }
    // All that the mend asks for.
    server.ask(&[&user[..], &["+@all", "~longhaul:*", "&longhaul:*"]].concat());
    check(&address).unwrap();
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    server.ask(&["SET", &stream(task), "something"]);
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    for outcome in [
        queue.push(&numbers(0..1)),
        queue.depth().map(drop),
        mailbox.take().map(drop),
    ] {
        assert!(
            matches!(&outcome, Err(BrokerError::Refused { what, .. }) if what.contains("DEL")),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_replica_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let nobody = free_port().to_string();
    server.ask(&["REPLICAOF", "127.0.0.1", &nobody]);
    refusal(&server.address(), "replica of");
}

#[test]
fn an_address_of_something_else_is_refused() {
    refusal("http://localhost", "redis://");
    refusal("amqp://ann:hunter2@localhost", "redis://HOST");
    refusal("redis://:hunter2@localhost/x", "number of a database");
}

#[test]
fn where_nobody_listens_or_knows_the_name_it_is_unreachable() {
    let nobody = format!("redis://:hunter2@127.0.0.1:{}", free_port());
    for (address, why) in [
        (nobody.as_str(), "no server listens"),
        ("redis://:hunter2@name.invalid", ""),
    ] {
        let error = check(address).unwrap_err();
        assert!(
            matches!(error, BrokerError::Unreachable { .. }),
            "{error:?}"
        );
        let said = error.to_string();
        assert!(said.contains(why) && !said.contains("hunter"), "{said}");
    }
}

/// Answers each thing that one connection says, in turn.
fn answering<const N: usize>(answers: [&'static [u8]; N]) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for answer in answers {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(answer);
        }
        // Until the other end goes away.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    format!("redis://127.0.0.1:{port}")
}

#[test]
fn what_talks_something_else_is_unreachable() {
    let address = answering([b"HTTP/1.1 400 Bad Request\r\n\r\n"]);
    let error = check(&address).unwrap_err();
    assert!(
        matches!(error, BrokerError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("no Redis"), "{error}");
}

#[test]
fn a_version_without_what_is_needed_is_refused() {
    let setup = b"-ERR unknown command 'HELLO'\r\n+OK\r\n+OK\r\n";
    refusal(&answering([setup]), "7.0");
    let setup = b"%1\r\n$7\r\nversion\r\n$5\r\n6.2.1\r\n+OK\r\n+OK\r\n";
    let hello = b"%1\r\n$7\r\nversion\r\n$5\r\n6.2.1\r\n";
    refusal(&answering([setup, hello]), "7.0");
}
