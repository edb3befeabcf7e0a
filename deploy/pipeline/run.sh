#!/bin/sh
# Runs stages one after the other without Jenkins: all of them, or the named ones. Ends as the first stage that fails.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- test build scan push bump
for name; do
  case $name in
    test | build | scan | push | bump) ;;
    *) echo "run.sh: no stage is named $name (test build scan push bump)." >&2 && exit 64 ;;
  esac
done
for name; do sh "$here/$name.sh"; done
