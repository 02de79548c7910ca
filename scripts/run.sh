#!/usr/bin/env bash
# Builds ajit and runs a real program on it: the Lua 5.4 interpreter from Debian's source package, compiled to bitcode by
# clang -O0, on a script of its own; then the statistics. Arguments go to Lua instead of the script.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release ajit-run
python3 scripts/real_programs.py --out build/real lua
exec build/release/tools/ajit-run/ajit-run --stats build/real/lua.O0.bc "${@:-tests/real/closures_and_tables.lua}"
