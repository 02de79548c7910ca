#!/bin/sh
# Boots an image in QEMU, the console on this terminal:
#
#     kernel-target/run.sh KERNEL.elf IMAGE.img [COMMANDS...]
#
# COMMANDS are boot options and shell commands, "demo; poweroff" for instance;
# without poweroff the shell stays. Ends with 0 if the kernel powered off by
# itself. ^C goes to the kernel, where it ends a call that does not come back.
# QEMU_CPUS sets the number of processors (2); QEMU_OPTIONS adds options, such as
# -snapshot, which leaves the image as it is, or -icount shift=0,sleep=off.
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p;}' "$0" >&2
    exit 2
fi
kernel=$1 image=$2
shift 2
status=0
# shellcheck disable=SC2086 # QEMU_OPTIONS is a list of words
qemu-system-i386 -accel tcg -cpu qemu32,+nx -smp "${QEMU_CPUS:-2}" -m 64 \
    -nodefaults -vga none -display none -monitor none -no-reboot \
    -chardev stdio,id=console,signal=off -serial chardev:console \
    -device isa-debug-exit,iobase=0xf4,iosize=0x04 \
    -drive "file=$image,format=raw,if=ide" ${QEMU_OPTIONS:-} \
    -kernel "$kernel" -append "$*" || status=$?
[ "$status" -eq 33 ] && exit 0
echo "QEMU ended with status $status" >&2
exit 1
