use proptest::prelude::{any, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};

use super::{Broker, BrokerAddress, Encryption, Login, ParseError};

fn read(text: &str) -> BrokerAddress {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> ParseError {
    text.parse::<BrokerAddress>().expect_err(text)
}

fn redis(database: u32) -> Broker {
    Broker::Redis { database }
}

fn amqp(name: &str) -> Broker {
    Broker::Amqp {
        virtual_host: name.to_owned(),
    }
}

fn login(user: Option<&str>, password: &str) -> Option<Login> {
    Some(Login {
        user: user.map(str::to_owned),
        password: password.to_owned(),
    })
}

#[test]
fn what_is_left_out_is_the_usual() {
    for (text, broker, encryption, port) in [
        ("redis://box", redis(0), Encryption::Plain, 6379),
        ("redis://box/", redis(0), Encryption::Plain, 6379),
        ("rediss://box", redis(0), Encryption::Tls, 6379),
        ("amqp://box", amqp("/"), Encryption::Plain, 5672),
        ("amqp://box/", amqp("/"), Encryption::Plain, 5672),
        ("amqps://box", amqp("/"), Encryption::Tls, 5671),
    ] {
        let address = read(text);
        assert_eq!(address.broker(), &broker, "{text}");
        assert_eq!(address.encryption(), encryption, "{text}");
        assert_eq!((address.host(), address.port()), ("box", port), "{text}");
        assert_eq!(address.login(), None, "{text}");
        assert_eq!(address.text(), text.trim_end_matches('/'), "{text}");
    }
}

#[test]
fn all_parts_are_read() {
    let address = read("rediss://ann:se%2Fcret%40@queue.example.org:7000/12");
    assert_eq!(address.broker(), &redis(12));
    assert_eq!(address.host(), "queue.example.org");
    assert_eq!(address.port(), 7000);
    assert_eq!(address.login().cloned(), login(Some("ann"), "se/cret@"));

    let address = read("amqps://ann:p@box:1/one%2Ftwo");
    assert_eq!(address.broker(), &amqp("one/two"));
    assert_eq!(address.port(), 1);
    assert_eq!(read("amqp://box/%2f").broker(), &amqp("/"));
    assert_eq!(read("REDIS://Box").host(), "box");

    let address = read("redis://:only@127.0.0.1");
    assert_eq!(address.host(), "127.0.0.1");
    assert_eq!(address.login().cloned(), login(None, "only"));
}

#[test]
fn an_ipv6_host_stands_in_brackets() {
    let address = read("redis://:p@[::1]:7000");
    assert_eq!((address.host(), address.port()), ("::1", 7000));
    assert_eq!(address.text(), "redis://:p@[::1]:7000");
    assert_eq!(refused("redis://::1"), ParseError::NoHost);
}

#[test]
fn the_password_is_masked_wherever_it_is_shown() {
    let address = read("redis://ann:hunter2@box/3");
    assert_eq!(address.to_string(), "redis://ann:***@box/3");
    let shown = format!("{address:?} {:?}", address.login());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(address.text(), "redis://ann:hunter2@box/3");
}

#[test]
fn no_refusal_shows_the_password() {
    for text in [
        "redis://:hunter2@",
        "redis://:hunter2@box:port",
        "redis://:hunter2@box/table",
        "redis://:hunter2#@box",
        "redis://:hunter2?@box",
        "redis://:hunter2/@box",
        "redis://:hunter2%@box",
        "redis://:hunter2@[::1",
        "amqp://:hunter2@box",
        "hunter2",
    ] {
        let shown = format!("{0} {0:?}", refused(text));
        assert!(!shown.contains("hunter2"), "{text}: {shown}");
    }
}

#[test]
fn what_is_no_address_is_refused_for_what_is_wrong_with_it() {
    for (text, error) in [
        ("", ParseError::Scheme),
        ("box:6379", ParseError::Scheme),
        ("http://box", ParseError::Scheme),
        ("redis:/box", ParseError::Scheme),
        ("redis://", ParseError::NoHost),
        ("redis:///1", ParseError::NoHost),
        ("redis://:p@", ParseError::NoHost),
        ("redis://two words", ParseError::Host),
        ("redis://b%20x", ParseError::Host),
        ("redis://[::1", ParseError::Host),
        ("redis://box:0", ParseError::Port),
        ("redis://box:65536", ParseError::Port),
        ("redis://box:x", ParseError::Port),
        ("redis://ann@box", ParseError::NoPassword),
        ("redis://ann:@box", ParseError::NoPassword),
        ("amqp://:p@box", ParseError::NoUser),
        ("redis://box/one", ParseError::Database),
        ("redis://box/-1", ParseError::Database),
        ("redis://box/+1", ParseError::Database),
        ("redis://box/1/2", ParseError::Database),
        ("redis://box/4294967296", ParseError::Database),
        ("amqp://box/one/two", ParseError::VirtualHost),
        ("amqp://box/.", ParseError::Dots),
        ("amqp://box/%2E.", ParseError::Dots),
        ("redis://box/1?protocol=resp3", ParseError::Extra),
        ("amqp://box#part", ParseError::Extra),
        ("redis://:100%@box", ParseError::Encoding),
        ("redis://:%ff@box", ParseError::Encoding),
        ("amqp://box/%zz", ParseError::Encoding),
    ] {
        assert_eq!(refused(text), error, "{text}");
    }
}

#[test]
fn an_address_is_kept_as_its_text() {
    let address = read("amqp://ann:p%20q@box/v");
    let kept = serde_json::to_string(&address).unwrap();
    assert_eq!(kept, "\"amqp://ann:p%20q@box/v\"");
    assert_eq!(
        serde_json::from_str::<BrokerAddress>(&kept).unwrap(),
        address
    );
    assert!(serde_json::from_str::<BrokerAddress>("\"ftp://box\"").is_err());
}

fn brokers() -> impl Strategy<Value = Broker> {
    prop_oneof![
        any::<u32>().prop_map(redis),
        ".{1,8}"
            .prop_filter("it can't be written", |name| name != "." && name != "..")
            .prop_map(|name| amqp(&name))
    ]
}

proptest! {
    #[test]
    fn every_address_reads_back_from_its_text(
        broker in brokers(),
        encryption in prop_oneof![Just(Encryption::Plain), Just(Encryption::Tls)],
        host in "[a-z][a-z0-9.-]{0,8}|[a-f0-9]{1,4}::[1-9]",
        port in 1_u16..,
        login in proptest::option::of((".{1,8}", ".{1,8}")),
    ) {
        let host = host.parse::<std::net::Ipv6Addr>().map_or(host, |address| address.to_string());
        let login = login.map(|(user, password)| Login { user: Some(user), password });
        let address = BrokerAddress { broker, encryption, host, port, login };
        assert_eq!(address.text().parse(), Ok(address));
    }

    #[test]
    fn no_text_is_too_strange(text in "(redis|amqp)://.{0,40}") {
        if let Ok(address) = text.parse::<BrokerAddress>() {
            assert_eq!(address.text().parse(), Ok(address));
        }
    }
}
