use super::*;

#[test]
fn quotes_that_enclose_a_field_or_are_doubled_in_one_are_in_order() {
    for record in [
        "",
        "a,b",
        "\"a\",b",
        "\"\"",
        "\"a\"\"b\"",
        "\"a,\nb\",c",
        "5\" disk,1",
        ",\"\",\"x\"",
    ] {
        assert_eq!(quote_fault(record.as_bytes(), b','), None, "{record}");
    }
    assert_eq!(quote_fault(b"\"a\";\"b\"", b';'), None);
}

#[test]
fn the_first_fault_is_told_with_its_place() {
    for (record, fault) in [
        ("a,\"b", QuoteFault::Open(2)),
        ("\"a\"\"", QuoteFault::Open(0)),
        ("\"a\"b,\"c", QuoteFault::TextAfter(3)),
        ("\"a\" ,b", QuoteFault::TextAfter(3)),
    ] {
        assert_eq!(
            quote_fault(record.as_bytes(), b','),
            Some(fault),
            "{record}"
        );
    }
}
