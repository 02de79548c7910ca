#!/usr/bin/env bash
# The tests that take hours: all programs in all modes, and every real program on all of its work.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release
cmake --preset release -DAJIT_LONG_TESTS=ON >/dev/null
trap 'cmake --preset release -DAJIT_LONG_TESTS=OFF >/dev/null' EXIT
ctest --preset release -j "$(nproc)" --no-tests=error -L 'run|real|producers|differential'
