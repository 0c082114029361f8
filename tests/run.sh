#!/bin/sh
# Runs all tests, from wherever it is called.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --workspace --locked
