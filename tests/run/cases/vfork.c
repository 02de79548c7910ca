// vfork returns twice on one stack; the child may only exec or _exit.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int run(const char* text, int status) {
  int result;
  pid_t child = vfork();
  if (child == 0) {
    if (status < 0) execlp("echo", "echo", text, (char*)NULL);
    _exit(status);
  }
  waitpid(child, &result, 0);
  return WEXITSTATUS(result);
}

int main(void) {
  for (int i = 0; i < 6; i++) {
    printf("%d\n", run("from the child", i % 2 ? i : -1));
    fflush(stdout);
  }
}
