#!/usr/bin/env bash
# Builds ajit and runs its tests: everything in the release build, then the host code's unit and stress tests under
# ThreadSanitizer and under AddressSanitizer with UBSan. With arguments, which go to ctest (-L unit, -R name, …), it
# skips the sanitizer builds. Programs run in a few of the modes; scripts/test_long.sh goes through all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages "${producer_packages[@]}"
scripts/build.sh release
jobs=$(nproc)
export AJIT_SHORT_TESTS=1
ctest --preset release -j "$jobs" --no-tests=error "$@" | grep -vE '^ +Start|Passed'
[ $# -eq 0 ] || exit 0
# In the debug preset's tests LLVM must not poison memory: its libraries are not instrumented, so memory that one side
# poisons stays poisoned for the other (CMakePresets.json).
for preset in tsan debug; do
  echo "== $preset"
  tests=(tier_test link_test jit_test link_unwind_fallback_test stress_test)
  [ "$preset" = tsan ] || tests+=(ir_test) # which starts no threads
  scripts/build.sh "$preset" "${tests[@]}"
  ctest --preset "$preset" -j "$jobs" --no-tests=error -L 'unit|stress' -E NOT_BUILT | grep -vE '^ +Start|Passed'
done
