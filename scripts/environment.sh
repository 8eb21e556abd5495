# shellcheck shell=bash
# Shared by the scripts next to it: finds the repository root (`root`) and prepares its .venv. Sourced, never run.
# Everything that is said here goes to stderr: stdout belongs to the command that a script runs in the end.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd -P)
venv=$root/.venv

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Ctrl-C: what was running (pip, say) ends as if it had failed, and must not be told as a failure. An `exec` ends this.
trap 'say "Interrupted."; exit 130' INT

# ensure_environment EXTRA: .venv holds the package, editable, with EXTRA (demo or test; test contains demo).
ensure_environment() {
    is_prepared "$1" && return
    mkdir -p "$venv"
    take_lock
    # Another run may have prepared it while this one waited.
    is_prepared "$1" || prepare "$1"
    release_lock
}

# The stamp names what was installed; a changed pyproject.toml or a moved repository (scripts in .venv
# hold its path) makes it differ.
fingerprint() { printf '%s %s %s' "$1" "$(cksum <"$root/pyproject.toml")" "$root"; }

is_prepared() {
    local stamp
    [[ -r $venv/stamp ]] || return
    stamp=$(<"$venv/stamp")
    [[ $stamp == "$(fingerprint "$1")" || $stamp == "$(fingerprint test)" ]] && is_new_enough "$venv/bin/python"
}

prepare() {
    local log=$venv/install.log
    rm -f "$venv/stamp"
    if [[ ! -e $venv/bin/python ]] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        create_venv "$log"
    fi
    is_new_enough "$venv/bin/python" ||
        fail "$venv must hold Python 3.10 or newer, but does not. Remove that folder and run this again."
    say "Installing the packages for '$1' into $venv (needed once, takes a minute or two) …"
    "$venv/bin/python" -m pip install --disable-pip-version-check --editable "${root}[$1]" >"$log" 2>&1 ||
        fail "The packages must be downloaded and installed, but pip failed: $(reason_in "$log") The whole log: $log"
    fingerprint "$1" >"$venv/stamp"
}

create_venv() {
    local python
    python=$(find_python)
    say "Creating $venv with $python …"
    "$python" -m venv "$venv" >"$1" 2>&1 ||
        fail "'$python -m venv' must work, but failed: $(reason_in "$1") The whole log: $1"
}

# The last line that pip marks as an error, else the last line.
reason_in() { { grep '^ERROR' "$1" || cat "$1"; } | tail -n 1; }

find_python() {
    local candidate
    if [[ -n ${PYTHON:-} ]]; then
        is_new_enough "$PYTHON" || fail "PYTHON must name a Python 3.10 or newer, but '$PYTHON' is none."
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3.10 python3 python; do
        if is_new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "Python 3.10 or newer must be installed, but was not found. Install one, or name it: PYTHON=/path/to/python"
}

# Runs it rather than looking for it: version managers leave commands that only say "not installed".
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

take_lock() {
    command -v flock >/dev/null || return 0
    exec 9>"$venv/lock"
    flock --nonblock 9 && return
    say "Waiting for another run that is preparing $venv …"
    flock 9
}

# What runs next would inherit the open file, and with it the lock.
release_lock() { exec 9>&-; }

# step NAME COMMAND…: runs the command under a heading; remembers NAME when it fails. See report_steps.
failed_steps=()
step() {
    say "== $1"
    "${@:2}" || failed_steps+=("$1")
}

# Ends the script: with 1 and the names of the steps that failed, else with 0.
report_steps() {
    if ((${#failed_steps[@]})); then
        printf 'failed: %s\n' "${failed_steps[@]}" >&2
        exit 1
    fi
    say "all good"
    exit 0
}
