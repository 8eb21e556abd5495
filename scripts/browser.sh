# shellcheck shell=bash
# What the tests in a browser need beyond Python packages: Chromium, and axe-core. Sourced after environment.sh.
# Nothing here fails: a test that misses something is skipped and says so.

find_chromium() {
    local candidate
    for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [[ -n $candidate ]] && command -v "$candidate" && return
    done
    return 1
}

prepare_chromium() {
    find_chromium >/dev/null && return
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        say "Installing Chromium for the tests in a browser …"
        mkdir -p "$root/build/browser"
        { apt-get update && apt-get install --yes --no-install-recommends chromium; } \
            </dev/null >"$root/build/browser/apt.log" 2>&1 || true
    fi
    find_chromium >/dev/null ||
        say "Without Chromium the tests in a browser are skipped. Install it, or name it: CHROMIUM=/path"
}

# axe-core looks for what people with assistive technology cannot use. It lands in build/, which is not committed.
prepare_axe() {
    local folder=$root/build/browser
    [[ -r $folder/node_modules/axe-core/axe.min.js ]] && return
    mkdir -p "$folder"
    if command -v npm >/dev/null; then
        npm install --silent --no-save --no-audit --no-fund --prefix "$folder" axe-core@4 \
            </dev/null >"$folder/npm.log" 2>&1 || true
    fi
    [[ -r $folder/node_modules/axe-core/axe.min.js ]] ||
        say "Without npm and axe-core the test of accessibility is skipped."
}
