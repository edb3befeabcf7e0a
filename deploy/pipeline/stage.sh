# shellcheck shell=sh
# shellcheck disable=SC2154 # `stage` and `here` are the caller's; `value` is set by eval.
# Code that all stages share: parameters, coded ends, a private folder, retries. A stage sets `stage` and sources
# this file. docs/pipeline.md lists the parameters and the ends.
set -euf
export LC_ALL=C
umask 022
root=$(cd "$here/../.." && pwd)
cd "$root"

say() { printf '%s: %s\n' "$stage" "$*" >&2; }

# end NAME MESSAGE: the only way in which a stage fails. Each name has its own exit status, for the caller of the stage.
end() {
  say "$1: $2"
  case $1 in
    BAD_PARAMETER) exit 64 ;;
    TOOL_MISSING) exit 69 ;;
    TESTS_FAILED) exit 10 ;;
    BUILD_FAILED) exit 11 ;;
    VULNERABLE) exit 12 ;;
    SCAN_FAILED) exit 13 ;;
    REGISTRY_UNREACHABLE) exit 20 ;;
    REGISTRY_REFUSED) exit 21 ;;
    REPOSITORY_UNREACHABLE) exit 30 ;;
    REPOSITORY_REFUSED) exit 31 ;;
    REPOSITORY_CONTESTED) exit 32 ;;
    KUSTOMIZATION_UNFIT) exit 33 ;;
    *) exit 1 ;;
  esac
}

need() {
  command -v "$1" >/dev/null || end TOOL_MISSING "$1 is not on PATH."
}

# matches TEXT PATTERN: whether a text matches an extended regular expression as a whole.
matches() { printf '%s\n' "$1" | grep -Eqx -- "$2"; }

# parameter NAME PATTERN MEANING: refuses a parameter that is empty or has another form.
parameter() {
  eval "value=\${$1:-}"
  # One line could match although another does not.
  case $value in *'
'*) end BAD_PARAMETER "$1 has more than one line." ;; esac
  matches "$value" "$2" || end BAD_PARAMETER "$1 is '$value', not $3."
}

PROJECT=${PROJECT:-bootcamp}
IMAGES=${IMAGES:-slicechat-web slicechat-api slicechat-loadgen slicechat-simulator slicechat}
OUT=${OUT:-build/pipeline}
RETRIES=${RETRIES:-5}
parameter PROJECT '[a-z0-9]+([._/-][a-z0-9]+)*' 'a project of the registry, such as bootcamp'
parameter IMAGES 'slicechat(-[a-z]+)?( slicechat(-[a-z]+)?)*' 'names of images with one space between them'
parameter RETRIES '[0-9]+' 'a number'

# Images are named by their commit. Where git cannot tell it (a container of Jenkins), both variables have to be set.
commit_parameters() {
  [ -n "${GIT_COMMIT:-}" ] || GIT_COMMIT=$(git rev-parse HEAD 2>/dev/null) || GIT_COMMIT=
  parameter GIT_COMMIT '[0-9a-f]{40}' 'a commit of 40 hexadecimal digits'
  [ -n "${SOURCE_DATE_EPOCH:-}" ] || SOURCE_DATE_EPOCH=$(git show --no-patch --format=%ct "$GIT_COMMIT" 2>/dev/null) || SOURCE_DATE_EPOCH=
  parameter SOURCE_DATE_EPOCH '[0-9]+' 'the time of the commit in seconds (git show --no-patch --format=%ct)'
  export GIT_COMMIT SOURCE_DATE_EPOCH
}

# secret NAME: reads a secret from NAME or from the file that NAME_FILE names, never from an argument, which ps shows.
secret() {
  eval "file=\${$1_FILE:-}"
  [ -z "$file" ] || { [ -r "$file" ] || end BAD_PARAMETER "$1_FILE cannot be read."; eval "$1=\$(cat \"\$file\")"; }
  eval "export $1=\"\${$1:-}\""
}

# Makes a folder that only this user can read, and that is removed when the stage ends.
private_folder() {
  private=$(mktemp -d "${TMPDIR:-/tmp}/slicechat-pipeline.XXXXXX")
  trap 'rm -rf "$private"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# pause ATTEMPT: waits a random part of 1, 2, 4 … 30 s, so that pipelines which collided do not collide again.
pause() {
  chance=$(od -An -N2 -tu2 /dev/urandom)
  sleep "$(awk -v n="$1" -v r="$chance" 'BEGIN { s = 2 ^ (n - 1); if (s > 30) s = 30; printf "%.2f", s * r / 65535 }')"
}
