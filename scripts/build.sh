#!/usr/bin/env bash
# Configures and builds a preset: scripts/build.sh [release|debug|tsan] [target…]. Installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages
preset=${1:-release}
shift || true
cmake --preset "$preset" -DCMAKE_MESSAGE_LOG_LEVEL=WARNING >/dev/null
if [ -t 1 ]; then
  cmake --build --preset "$preset" ${@:+--target "$@"}
else
  # One line in fifty: a plain log should show progress without listing every file.
  cmake --build --preset "$preset" ${@:+--target "$@"} | awk 'NR % 50 == 1 || /FAILED|error|warning/ { print; fflush() }'
fi
