#!/bin/sh
# Runs all tests, from wherever it is called: `sh tests/run.sh [--without-brokers] [ARGUMENTS OF CARGO TEST]`.
# Installs faketime, Redis and RabbitMQ first if they are missing, with apt-get, as root or through sudo. The tests that
# need the servers start them, each with a port and a folder of its own. --without-brokers leaves those tests out.
set -eu
cd "$(dirname "$0")/.."

say() {
    echo "tests/run.sh: $*" >&2
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Installs without starting what is installed: that is what Debian's policy file is for. One that is there stays.
policy=/usr/sbin/policy-rc.d
install() {
    if [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null || return
        as_root chmod 755 "$policy" || return
    fi
    as_root apt-get -o DPkg::Lock::Timeout=300 update || return
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Some name time zones.
if [ ! -e /usr/share/zoneinfo/Europe/Berlin ]; then
    say "installs tzdata"
    if ! (install tzdata) >&2; then
        say "can't install tzdata: do it by hand"
        exit 1
    fi
fi

# Some set the clock of the programs they start, with it alone.
if ! command -v faketime >/dev/null; then
    say "installs faketime"
    if ! (install faketime) >&2; then
        say "can't install faketime: do it by hand"
        exit 1
    fi
fi

# Not everybody has the folders of servers on their PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
if [ "${1-}" = --without-brokers ]; then
    shift
    say "leaves out what needs Redis or RabbitMQ"
    export LONGHAUL_TESTS_WITHOUT_BROKERS=1
else
    for server in redis-server rabbitmq-server; do
        if ! command -v "$server" >/dev/null; then
            say "installs $server"
            # In a shell of its own, whose end removes the policy.
            if ! (install "$server") >&2; then
                say "can't install $server: do it by hand, or leave out what needs it with --without-brokers"
                exit 1
            fi
        fi
    done
fi

exec cargo test --workspace --locked "$@"
