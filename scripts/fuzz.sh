#!/bin/sh
# Fuzzes the kernel's loader, FAT16 reader and manifest parser, each for the given time, and keeps what it learns.
#
#   scripts/fuzz.sh [BUILD_DIRECTORY [SECONDS_EACH]]
#
# New inputs go to BUILD_DIRECTORY/fuzz-corpus, so that the next run continues there; an input that breaks something
# is left in BUILD_DIRECTORY/fuzz-corpus as crash-* or timeout-*, and the script ends with an error.
set -eu
build=${1:-build/release}
seconds=${2:-600}
cmake --build "$build" --target fuzz_elf_loader fuzz_fat16 fuzz_manifest make_fuzz_seeds
seeds=$(find "$build" -type d -path '*fuzz/seeds' | head -n 1)
for name in elf_loader fat16 manifest; do
  corpus=$build/fuzz-corpus/$name
  mkdir -p "$corpus"
  fuzzer=$(find "$build" -type f -name "fuzz_$name" | head -n 1)
  largest=65536
  [ $name = manifest ] && largest=4096
  echo "$name: $seconds s"
  "$fuzzer" -max_total_time="$seconds" -max_len=$largest -timeout=10 -use_value_profile=1 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$build/fuzz-corpus/" "$corpus" "$seeds/$name"
done
