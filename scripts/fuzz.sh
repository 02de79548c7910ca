#!/bin/sh
# Fuzzes the readers of objects, FAT16 volumes, manifests and compiled units, and ajit-run with mutated modules, each for
# the given time, and keeps the inputs it finds.
#
#   scripts/fuzz.sh [BUILD_DIRECTORY [SECONDS_EACH]]
#
# Mutated modules run as programs: as root in a process namespace of their own, and never with your files at hand.
#
# New inputs go to BUILD_DIRECTORY/fuzz-corpus, and the next run starts from them. If an input breaks a reader, the
# script leaves it in BUILD_DIRECTORY/fuzz-corpus as crash-* or timeout-* and ends with an error.
set -eu
export ASAN_OPTIONS=allow_user_poisoning=0 # tests/fuzz/CMakeLists.txt says why
build=${1:-build/release}
seconds=${2:-600}
cmake --build "$build" --target fuzz_elf_loader fuzz_fat16 fuzz_manifest fuzz_compiled_unit ajit-run
seeds=$(find "$build" -type d -path '*fuzz/seeds' | head -n 1)
for name in elf_loader fat16 manifest compiled_unit; do
  corpus=$build/fuzz-corpus/$name
  mkdir -p "$corpus"
  fuzzer=$(find "$build" -type f -name "fuzz_$name" | head -n 1)
  largest=65536
  [ $name = manifest ] && largest=4096
  echo "$name: $seconds s"
  "$fuzzer" -max_total_time="$seconds" -max_len=$largest -timeout=10 -use_value_profile=1 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$build/fuzz-corpus/" "$corpus" "$seeds/$name"
done
modules=$build/fuzz-corpus/modules
isolate=
[ "$(id -u)" -ne 0 ] || isolate='unshare --pid --fork --kill-child --mount-proc'
echo "modules: $seconds s"
$isolate python3 tests/fuzz/fuzz_modules.py --runner "$build/tools/ajit-run/ajit-run" --found "$modules" \
  --seconds "$seconds" --seed "$(date +%s)" "$build"/tests/run/cases/*.bc "$build"/bitcode/*.bc
