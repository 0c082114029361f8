#!/usr/bin/env python3
"""A persistent command: keeps a database open and writes the items of each batch to it, in one transaction.

    longhaul submit --persistent --lines FILE -- python3 persistent.py things.db

A batch may come again under the same key (after a failure, by force, when a worker died): what it wrote before is
replaced, so that each item is there once.
"""

import json
import sqlite3
import sys


def answer(**words):
    # Flushed: the worker waits for the whole line.
    print(json.dumps(words), flush=True)


database = sqlite3.connect(sys.argv[1])
database.execute("create table if not exists things (key text, thing text)")

for line in sys.stdin:
    if not line.endswith("\n"):
        break  # Cut off: no batch.
    batch = json.loads(line)
    try:
        with database:
            database.execute("delete from things where key = ?", [batch["key"]])
            for done, item in enumerate(batch["items"], start=1):
                database.execute("insert into things values (?, ?)", [batch["key"], item])
                if done % 1000 == 0:
                    answer(items_done=done)
    except sqlite3.OperationalError as error:
        answer(error=str(error), then="retry")
    else:
        answer(ok=True, message=f"{len(batch['items'])} things of batch {batch['batch']}")
