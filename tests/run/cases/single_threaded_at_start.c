// What the kernel grants only to processes with one thread works at the start of main: a user namespace.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  int result = unshare(CLONE_NEWUSER);
  printf("unshare: %s\n", result ? strerror(errno) : "ok");
}
