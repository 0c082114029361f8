#!/bin/sh
# A task that fails now and then, always in the same places, to show what retries do: every 5th
# batch fails once, every 13th twice, the others work for a moment.
set -eu

batch=${LONGHAUL_BATCH:-0}
attempt=${LONGHAUL_ATTEMPT:-1}

failures=0
if [ $(((batch + 1) % 5)) -eq 0 ]; then failures=1; fi
if [ $(((batch + 1) % 13)) -eq 0 ]; then failures=2; fi

if [ "$attempt" -le "$failures" ]; then
    echo "batch $batch: the service did not answer (attempt $attempt)" >&2
    # EX_TEMPFAIL: worth another try.
    exit 75
fi
# Fractions of a second are not in POSIX, but in every sleep that Linux has.
sleep 0.2
echo "batch $batch: done at attempt $attempt"
