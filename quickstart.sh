#!/bin/sh
# See usage() below. Plain POSIX sh, so that it runs on any Linux and on macOS.
set -eu

usage() {
    cat <<'END'
placeOps on this machine, with nothing but Python 3.11 or newer installed.

  ./quickstart.sh              install into .venv, then show placeOps at work on made-up data
  ./quickstart.sh test [ARGS]  install what the checks need, then run all of them; ARGS go to pytest
  ./quickstart.sh -h           this text

Everything is installed into this folder; running it again only does what is left to do.
PLACEOPS_VENV names another place for the Python environment than .venv beside this script.
END
}

done_step() { printf '✓ %s\n' "$*"; }

fail() {
    printf '✗ %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

# Sets $python. A name on the PATH proves nothing (version managers leave names that only print an error): run it.
find_python() {
    incomplete=
    for name in python3.13 python3.12 python3.11 python3 python; do
        python=$(command -v "$name") || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        "$python" -c 'import ensurepip, ssl, venv' 2>/dev/null && return
        incomplete=$python
    done
    if [ -n "$incomplete" ]; then
        fail "$incomplete cannot make virtual environments" \
            "On Debian and Ubuntu: apt-get install python3-venv" \
            "Elsewhere: install a complete Python 3.11 or newer."
    fi
    fail "no Python 3.11 or newer was found" \
        "Debian, Ubuntu: apt-get install python3 python3-venv    macOS: brew install python@3.13" \
        "Or put a newer python3 first on the PATH, and run this again."
}

# The note in the environment says whose it is and what is in it: "unfinished", or the set and its checksum.
wanted() { # <set of requirements>
    sum=$(cd "$root" && cat pyproject.toml requirements/quickstart.txt requirements/dev.txt | cksum)
    printf '%s %s %s\n' "$1" "$sum" "$root"
}

installed() { # <set of requirements>
    [ -f "$note" ] || return 1
    { [ "$(cat "$note")" = "$(wanted "$1")" ] || [ "$(cat "$note")" = "$(wanted dev)" ]; } || return 1
    # The interpreter below may have been removed or replaced since.
    "$venv/bin/python" -I -c 'import hatchling, placeops_cli' 2>/dev/null
}

make_environment() {
    if [ -e "$venv" ] && [ ! -f "$note" ] && [ -n "$(ls -A "$venv")" ]; then
        fail "$venv was not made by this script, so it is left alone" \
            "Move it away, or name another place: PLACEOPS_VENV=FOLDER $0"
    fi
    if [ -f "$note" ] && [ "$(cat "$note")" != unfinished ] && "$venv/bin/python" -I -m pip --version >/dev/null 2>&1; then
        return
    fi
    find_python
    rm -rf "$venv"
    mkdir -p "$venv" 2>/dev/null || fail "$venv cannot be made" \
        "Use a folder that you may write to: PLACEOPS_VENV=FOLDER $0"
    echo unfinished >"$note"
    "$python" -m venv "$venv" >"$log" 2>&1 || fail "$python -m venv failed; it said:" "$(tail -n 5 "$log")"
    done_step "$("$python" -V) ($python): made $venv"
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-compile "$@" >"$log" 2>&1 ||
        fail "pip install failed; it said:" "$(tail -n 15 "$log")" \
            "Is the package index within reach (proxy, HTTPS_PROXY, pip config)? Then run this again: it starts over."
}

install() { # <set of requirements>
    # Two runs in the same folder take turns, where the system has flock.
    exec 9<"$root/pyproject.toml"
    if command -v flock >/dev/null; then flock 9 || true; fi
    if installed "$1"; then
        exec 9<&-
        done_step "Installed in $venv"
        return
    fi
    make_environment
    echo unfinished >"$note"
    printf '  Installing the pinned packages (a minute or so, the first time)\n'
    pip_install --require-hashes --only-binary :all: -r "$root/requirements/$1.txt"
    pip_install --no-deps --no-build-isolation --editable "$root"
    # In parallel, which pip would not. A read-only checkout cannot keep its own: then it starts slower, no more.
    "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >"$log" 2>&1 || true
    (cd "$root" && "$venv/bin/python" -m compileall -q placeops_api placeops_cli sql tasks) >>"$log" 2>&1 || true
    wanted "$1" >"$note"
    exec 9<&-
    done_step "Installed in $venv"
}

# What has no console still has its commands and the API: this step never ends the script.
build_console() {
    if ! (cd "$root" && "$venv/bin/python" -c 'import sys, hatch_build; sys.exit(not hatch_build.is_fresh())'); then
        printf '  Building the console (a minute or so, the first time)\n'
        if ! (cd "$root" && "$venv/bin/python" hatch_build.py) >"$log" 2>&1; then
            printf '✗ The console was not built, everything else works: %s\n' "$(tail -n 5 "$log")" >&2
            return
        fi
    fi
    console=yes
    done_step "The console is built"
}

check() { # <title> <command…>
    title=$1
    shift
    said=$("$@" 2>&1) || fail "$title" "$said"
    done_step "$title"
}

root=$(cd "$(dirname "$0")" && pwd -P)
venv=${PLACEOPS_VENV:-$root/.venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
note=$venv/.placeops-quickstart
console=
log=$venv/install.log

# A user's settings for other work must not lead pip or Python elsewhere.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_ROOT
export PIP_USER=0

case ${1-} in
'')
    install quickstart
    build_console
    cd "$root"
    # Made-up data goes into servers of its own, wherever this user's other work is.
    unset DATABASE_URL DATABASE_URL_FILE REDIS_URL REDIS_URL_FILE
    PLACEOPS_CONFIG=/dev/null "$venv/bin/placeops" up --demo --once || exit
    printf 'To call placeops by its name in this terminal: cd "%s" && . "%s/bin/activate"\n' "$root" "$venv"
    [ -z "$console" ] || printf 'The console, once placeops up runs: http://127.0.0.1:5000\n'
    ;;
test)
    shift
    install dev
    build_console
    cd "$root"
    check "ruff check" "$venv/bin/python" -m ruff check .
    check "ruff format --check" "$venv/bin/python" -m ruff format --check .
    check "mypy --strict" "$venv/bin/python" -m mypy
    [ -z "$console" ] || check "tsc, eslint and prettier on the console" "$venv/bin/python" hatch_build.py check
    # More processes than most machines have cores to spare: the tests wait for servers a good part of the time.
    exec "$venv/bin/python" -m pytest -n 4 --dist loadgroup "$@"
    ;;
-h | --help)
    usage
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
