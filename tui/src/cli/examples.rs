//! An example of each verb, as one would type it.

/// What is told below the options of a verb.
pub(crate) fn of(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "submit" => {
            "\
longhaul submit --name checksums --lines files.txt -- sha256sum {}
longhaul submit --range 1..200000 --batch-size 500 -- ./import.sh
longhaul submit --lines customers.txt --stop-at 20 -- ./import.sh
longhaul submit --after 7 --group db -- ./report.sh
longhaul submit --window '22:00-06:00 Europe/Berlin' --lines users.txt -- ./mail.sh
find /data -name '*.csv' | longhaul submit --lines - -- ./load.sh"
        }
        "run" => {
            "\
longhaul run --lines files.txt --batch-size 50 -- sha256sum {}
longhaul run --resume 7"
        }
        "feed" => {
            "\
longhaul feed thumbnails requests.txt
tail -f requests.log | longhaul feed thumbnails --follow"
        }
        "close" => "longhaul close thumbnails --reason 'that was all'",
        "list" => {
            "\
longhaul list
longhaul list --all --limit 200
longhaul list --state suspend --older-than 2d --json
longhaul list --filter 'by:kim !kind:import'"
        }
        "show" => "longhaul show 7",
        "kinds" => "longhaul kinds --json",
        "progress" => "longhaul progress 120 --message 'page 3 of 9'",
        "queue" => "longhaul queue 7",
        "suspend" => {
            "\
longhaul suspend 7 --reason 'the disk is needed' --wait
longhaul suspend 7 8 9 --force
longhaul suspend 7 --for 2h
longhaul suspend 7 --until 22:00
longhaul suspend --kind import --state run,queued --dry-run
longhaul suspend --filter 'worker:3 !name:nightly*' --yes"
        }
        "resume" => {
            "\
longhaul resume 7 --wait --timeout 1m
longhaul resume --request 17"
        }
        "undo" => "longhaul undo 17",
        "comment" => {
            "\
longhaul comment 7 'the disk was swapped, see ticket 4711'
longhaul comment --group db 'waits for the new index'"
        }
        "terminate" => {
            "\
longhaul terminate 7 --reason 'wrong year'
longhaul terminate 7 --keep
longhaul terminate 7 --no-hooks"
        }
        "rollback" => "longhaul rollback 7",
        "set" => {
            "\
longhaul set 7 8 rate=50/s batch-size=200 --reason 'the server is busy'
longhaul set --kind import rate=10/s --yes"
        }
        "group" => {
            "\
longhaul group db --slots 2 --reason 'the database bears two at once'
longhaul group db --slots none"
        }
        "cordon" => "longhaul cordon --reason 'a release is being made'",
        "drain" => {
            "\
longhaul drain --host db1 --wait --timeout 10m --reason 'a new kernel'
longhaul drain --worker 3"
        }
        "throttle" => {
            "\
longhaul throttle 50% --reason 'the disk is slow'
longhaul throttle off"
        }
        "uncordon" => {
            "\
longhaul uncordon --host db1
longhaul uncordon --all"
        }
        "failures" => "longhaul failures 7 --output",
        "retry" => "longhaul retry 7 --reason 'the disk is back'",
        "restart" => "longhaul restart 7 --reason 'with the new year'",
        "items" => "longhaul items 7 --failed > to-look-at.txt",
        "wait" => "longhaul wait 7 --for suspend --timeout 10m",
        "events" => {
            "\
longhaul events 7
longhaul events --follow --json"
        }
        "logs" => "longhaul logs --follow 7",
        "worker" => {
            "\
longhaul worker --concurrency 4
longhaul worker --kinds import,export --grace 2m
longhaul worker --retain 30d --retain-count 10000
longhaul worker --metrics 127.0.0.1:9464 --log-format json"
        }
        "whose" => "longhaul whose 4711",
        "doctor" => {
            "\
longhaul doctor
longhaul doctor --compact"
        }
        "completions" => {
            "\
source <(longhaul completions bash)                           for this shell
longhaul completions bash > ~/.local/share/bash-completion/completions/longhaul
longhaul completions zsh > ~/.zfunc/_longhaul
longhaul completions fish > ~/.config/fish/completions/longhaul.fish"
        }
        "man" => "longhaul man ~/.local/share/man/man1",
        "demo" => "longhaul demo --folder /usr/share",
        _ => return None,
    })
}
