//! What can't be fed.

use longhaul_common::control::Unfed;

use crate::harness::World;

#[test]
fn what_can_not_be_fed_is_refused_with_a_way_out() {
    let world = World::new();
    let refused = |code: i32, line: &str, input: &[u8], says: &str| {
        let output = world.finish(world.command(line.split(' ')), input);
        assert_eq!(output.code, Some(code), "{line}: {output:?}");
        assert!(output.stderr.contains(says), "{line}: {output:?}");
    };
    let plain = world.submit("", "true");
    let fed = world.submit("--feed -n service", "true");
    refused(3, &format!("feed {plain}"), b"a\n", "submit --feed");
    refused(3, &format!("close {plain}"), b"", "submit --feed");
    refused(3, "feed nobody", b"a\n", "there is no task nobody");
    refused(
        2,
        "feed service no-such-file",
        b"",
        "no-such-file can't be read",
    );
    refused(2, "feed service /", b"", "is a folder");
    refused(
        2,
        "submit --feed --queue direct -- true",
        b"",
        "leave out --queue direct",
    );
    refused(
        2,
        "run --feed --queue direct -- true",
        b"",
        "leave out --queue direct",
    );
    refused(
        2,
        "submit --feed --lines / -- true",
        b"",
        "cannot be used with",
    );
    refused(2, "submit --feed - -- true", b"", "one input");
    let mut long = b"short\n".to_vec();
    long.resize((16 << 20) + 8, b'x');
    long.push(b'\n');
    refused(
        2,
        "feed service",
        &long,
        "item 2 is longer than 16 MiB; 1 item was taken",
    );
    assert_eq!(world.view(fed).items_total, Some(1));
    world.expect(0, "close service");
    refused(3, "feed service", b"a\n", "its feeding was closed");
    let fed = world.submit("--feed", "true");
    world.expect(0, &format!("terminate {fed}"));
    refused(
        3,
        &format!("feed {fed}"),
        b"a\n",
        "it has ended (terminated)",
    );
    let both = world.cli(["close", "service", &fed.to_string(), "--json"]);
    assert_eq!(both.code, Some(3));
    assert_eq!(both.json()[0]["already"], true);
    assert_eq!(both.json()[1]["refused"], "it has ended (terminated)");
}

#[test]
fn too_long_an_item_is_named_with_how_many_were_taken_before() {
    let world = World::new();
    let task = world.submit("--feed", "true");
    let items = [vec![b'a'], vec![b'b'], vec![0; (16 << 20) + 1], vec![b'c']];
    let error = world.control().feed(task, items).unwrap_err();
    assert_eq!(error.taken, 2);
    assert!(matches!(error.why, Unfed::TooLong { item: 3, .. }));
    assert_eq!(world.view(task).items_total, Some(2));
}
