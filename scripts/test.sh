#!/usr/bin/env bash
# Builds ajit and runs all tests: everything in the release build, then the host code's unit and stress tests under
# ThreadSanitizer and under AddressSanitizer with UBSan. Arguments go to the first ctest (-L unit, -R name, …), which
# leaves the sanitizer builds out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages "${producer_packages[@]}"
scripts/build.sh release
jobs=$(nproc)
ctest --preset release -j "$jobs" --no-tests=error "$@" | grep -vE '^ +Start|Passed'
[ $# -eq 0 ] || exit 0
# The debug preset's tests do not let LLVM poison memory: its libraries are not instrumented, and what one side poisons the
# other does not unpoison (CMakePresets.json).
for preset in tsan debug; do
  echo "== $preset"
  scripts/build.sh "$preset" tier_test link_test ir_test jit_test link_unwind_fallback_test stress_test
  ctest --preset "$preset" -j "$jobs" --no-tests=error -L 'unit|stress' | grep -vE '^ +Start|Passed'
done
