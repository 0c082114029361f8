use super::{Misread, Place};

#[test]
fn an_address_is_shown_without_its_password() {
    let place = Place::parse("amqp://ann:se%2Fcret@rabbit.example/jobs%2Fnight").unwrap();
    assert_eq!(
        place.to_string(),
        "amqp://ann@rabbit.example:5672/jobs/night"
    );
    assert_eq!(format!("{place:?}"), place.to_string());
    assert_eq!(place.uri.authority.userinfo.password, "se/cret");
    assert_eq!(place.uri.vhost, "jobs/night");
}

#[test]
fn hosts_in_numbers_and_no_virtual_host_mean_what_they_say() {
    let parsed = |address: &str| {
        let place = Place::parse(address).unwrap();
        let (host, port) = place.socket();
        (
            host.to_owned(),
            port,
            place.uri.vhost.clone(),
            place.sealed(),
        )
    };
    let slash = || "/".to_owned();
    assert_eq!(
        parsed("amqp://10.0.0.7"),
        ("10.0.0.7".to_owned(), 5672, slash(), false)
    );
    assert_eq!(
        parsed("amqps://a:b@[fd00::1]:5000/"),
        ("fd00::1".to_owned(), 5000, slash(), true)
    );
    assert_eq!(
        parsed("amqps://a:b@host"),
        ("host".to_owned(), 5671, slash(), true)
    );
}

#[test]
fn what_is_no_address_of_a_rabbitmq_is_not_read() {
    let long = format!("amqp://host/{}", "v".repeat(256));
    for address in [
        "",
        "amqp",
        "redis://host",
        "amqp://host:port",
        long.as_str(),
    ] {
        assert_eq!(Place::parse(address).map(|_| ()), Err(Misread), "{address}");
    }
}
