# The Debian 12 packages that building, testing and running need; sourced by the other scripts.
# install_packages [more…]: installs the missing ones, as root or with sudo; a second run only asks dpkg.
packages=(
  clang-19 lld-19 llvm-19 llvm-19-dev libclang-rt-19-dev libzstd-dev zlib1g-dev
  libfmt-dev libspdlog-dev libcli11-dev libgtest-dev libjemalloc-dev
  cmake ninja-build ccache python3
  qemu-system-x86 mtools dosfstools
  apt dpkg-dev make tcl ca-certificates
  gdb linux-perf csmith libcsmith-dev
)
# Compilers and libraries that only tests use: 1.4 GB installed, of which flang-19 is 0.8, rustc 0.3, clang-14 0.2.
producer_packages=(rustc flang-19 ldc clang-14 libobjc-12-dev libblocksruntime-dev libgc-dev nlohmann-json3-dev libeigen3-dev)

install_packages() {
  local missing=() package
  for package in "${packages[@]}" "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing: ${missing[*]}"
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
