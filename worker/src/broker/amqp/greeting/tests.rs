use super::generation;

fn greeting(product: &str, version: &str) -> Vec<u8> {
    let mut greeting = vec![1, 0, 0, 0, 0, 1, 0, 0, 10, 0, 10, 0, 9, 0, 0, 1, 0];
    for (key, value) in [
        ("platform", "Erlang/OTP 26"),
        ("product", product),
        ("version", version),
    ] {
        greeting.push(u8::try_from(key.len()).unwrap());
        greeting.extend_from_slice(key.as_bytes());
        greeting.push(b'S');
        greeting.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
        greeting.extend_from_slice(value.as_bytes());
    }
    greeting
}

#[test]
fn the_first_number_of_the_version_is_read() {
    assert_eq!(generation(&greeting("RabbitMQ", "3.10.8")), Some(3));
    assert_eq!(generation(&greeting("RabbitMQ", "4.1.0-rc.2")), Some(4));
    assert_eq!(generation(&greeting("RabbitMQ", "12.0")), Some(12));
}

#[test]
fn what_is_no_rabbitmq_or_is_cut_off_has_no_version() {
    assert_eq!(generation(&greeting("LavinMQ!", "4.0.0")), None);
    assert_eq!(generation(&greeting("RabbitMQ", "unknown")), None);
    assert_eq!(generation(b""), None);
    let whole = greeting("RabbitMQ", "4.0.0");
    assert_eq!(generation(&whole[..whole.len() - 1]), None);
}
