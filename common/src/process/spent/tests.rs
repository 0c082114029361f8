use super::*;

#[test]
fn the_fields_are_those_of_the_manual_whatever_the_name_is() {
    // Each field holds its own number, and the terminal, which is not asked for, is less than nothing.
    let fields: Vec<String> = (4..53).map(|field: i32| field.to_string()).collect();
    let fields = fields.join(" ").replace(" 7 8 ", " -1 -1 ");
    let line = format!("42 (a) R 1 (b) S {fields}\n");
    let page = page_size() as u64;
    assert_eq!(
        Spent::parse(ProcessId(42), line.as_bytes()),
        Some(Spent {
            pid: ProcessId(42),
            parent: ProcessId(4),
            group: ProcessId(5),
            session: ProcessId(6),
            start_time: 22,
            own: 14 + 15,
            waited: 16 + 17,
            resident: 24 * page,
        })
    );
    assert_eq!(Spent::parse(ProcessId(42), b"42 (a) S 4 5 6 7"), None);
}
