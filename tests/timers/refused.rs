//! What can't be meant is refused, and nothing is written.

use crate::harness::World;

#[test]
fn a_time_that_cannot_be_meant_is_a_mistake_and_nothing_is_written() {
    let world = World::new();
    let task = world.submit("", "exit 0");
    let (row, last) = (world.row(task), world.last_event());
    for (line, told) in [
        ("suspend 1 --until noon", "\"noon\" is no time"),
        ("suspend 1 --until 2001-01-01T00:00", "is over"),
        ("suspend 1 --for 0s", "--for 0s is no suspension"),
        ("suspend 1 --for 9000y", "after the year 9999"),
        ("suspend 1 --for soon", "--for"),
        ("suspend 1 --for 1h --until 22:00", "cannot be used with"),
    ] {
        let output = world.expect(2, line);
        assert!(output.stderr.contains(told), "{line}: {output:?}");
    }
    assert_eq!(world.last_event(), last);
    assert_eq!(world.row(task), row);
}
