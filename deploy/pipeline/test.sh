#!/bin/sh
# Stage: runs npm test, and also leaves Vitest's results as JUnit files.
stage=test here=$(cd "$(dirname "$0")" && pwd)
. "$here/stage.sh"
need npm
rm -rf "$OUT/junit"
mkdir -p "$OUT/junit"
JUNIT_FOLDER=$OUT/junit npm test || end TESTS_FAILED 'npm test failed; its output is above.'
