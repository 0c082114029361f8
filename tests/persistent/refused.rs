//! What `--persistent` does not go with.

use crate::harness::World;

#[test]
fn arguments_of_one_batch_and_no_input_are_refused_and_nothing_is_written() {
    let world = World::new();
    for (line, told) in [
        (
            "submit --persistent --range 1..3 -- cat {}",
            "{} is an argument of one batch",
        ),
        (
            "submit --persistent --range 1..3 -- cat {first}",
            "{first} is an argument",
        ),
        (
            "submit --persistent --range 1..3 -- cat x {last}",
            "{last} is an argument",
        ),
        ("submit --persistent -- cat", "for a task with an input"),
        ("run --persistent -- cat", "for a task with an input"),
        ("run --resume 1 --persistent", "cannot be used with"),
    ] {
        let output = world.expect(2, line);
        assert!(output.stderr.contains(told), "{line}: {output:?}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(world.expect(0, "list --all --json").json()["total"], 0);
}
