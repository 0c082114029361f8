"""Adds up the bytes of its items: of one batch, or of all of them with --persistent."""

import sys

if sys.argv[1:] == ["--persistent"]:
    import json

    for line in sys.stdin:
        batch = json.loads(line)
        total = sum(len(item) for item in batch["items"])
        assert total > 0
        print('{"ok":true}', flush=True)
else:
    total = sum(len(item.rstrip("\n")) for item in sys.stdin)
    assert total > 0
