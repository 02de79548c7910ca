#!/bin/sh
# Shows that the loader's set of relocations suffices for third-party code.
#
#   corpus.sh AJIT_PACK WORK_DIRECTORY [COMPILER]
#
# Fetches lua, zlib and bzip2 from Debian's sources (once; they stay in WORK_DIRECTORY). Compiles every C file for i386
# at O0 to O3, plainly and with sections per function and debug information, and runs the kernel's validator on each
# object. Then ajit-pack turns the same files, as bitcode, into an object per function and tier. The script names each
# object that the validator refuses, and fails. If it cannot fetch the sources, it ends with 77, which CTest reports as
# "skipped".
set -eu
pack=$1
work=$2
compiler=${3:-clang-19}
packages="lua5.4 zlib bzip2"
mkdir -p "$work/include/gnu" "$work/apt/lists/partial"
cd "$work"

# The machine's own lists may lack source entries, and the script must not change them.
fetch() {
  . /etc/os-release
  echo "deb-src http://deb.debian.org/debian $VERSION_CODENAME main" > apt/sources.list
  options="-o Dir::Etc::sourcelist=$work/apt/sources.list -o Dir::Etc::sourceparts=/dev/null
           -o Dir::State::lists=$work/apt/lists -o APT::Get::List-Cleanup=0"
  # shellcheck disable=SC2086 # a list of words
  apt-get $options -qq update && apt-get $options -qq source $packages
}
if [ ! -e fetched ]; then
  fetch > fetch.log 2>&1 || { tail -n 3 fetch.log; echo "no sources: skipped"; exit 77; }
  touch fetched
fi

# Debian's headers serve both word sizes, except for this list of absent functions, which the 32-bit library brings.
: > include/gnu/stubs-32.h
# What Debian's build of lua would have generated.
echo '#define DEB_HOST_MULTIARCH "i386-linux-gnu"' > include/lua5.4-deb-multiarch.h
flags="--target=i386-unknown-linux-gnu -march=pentium4 -fno-pic -fno-stack-protector -w -DHAVE_UNISTD_H
       -isystem $work/include -isystem /usr/include/x86_64-linux-gnu"

# Every file of the library and its command, without tests, examples and ports to other systems.
sources() {
  ls lua5.4-*/src/*.c
  ls zlib-*/*.c
  ls bzip2-*/*.c | grep -v -e dlltest -e spewG -e unzcrash -e mk251
}

compile() { # directory flags... : one file per source
  directory=$1
  shift
  mkdir -p "$directory"
  sources | while read -r source; do
    # shellcheck disable=SC2086
    $compiler $flags "$@" -c "$source" -o "$directory/$(echo "$source" | tr / _).o"
  done
}

rm -rf objects bitcode packed
for level in O0 O1 O2 O3; do
  compile objects/$level -$level
  compile objects/$level-sections -$level -ffunction-sections -fdata-sections -fcommon -fasynchronous-unwind-tables -g
done
echo "whole files, from the compiler:"
find objects -name '*.o' | xargs "$pack" --quiet --will-it-load

echo "functions, from ajit-pack:"
compile bitcode -O0 -g -emit-llvm
for program in lua zlib bzip2; do
  modules=$(ls bitcode/$program*.o | grep -v -e _luac.c -e bzip2recover)
  # shellcheck disable=SC2086
  "$pack" --quiet --allow-undefined $modules --objects "packed/$program"
  find "packed/$program" -name '*.OBJ' | xargs "$pack" --quiet --will-it-load
done
