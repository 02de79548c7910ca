// thread_local state of shared libraries: errno, strerror's and strtok's, the
// locale; each thread has its own.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void* thread(void* unused) {
  (void)unused;
  printf("thread starts with errno %d\n", errno);
  errno = ENOENT;
  printf("%s\n", strerror(errno));
  return NULL;
}

int main(void) {
  errno = 0;
  strtoul("99999999999999999999999", NULL, 10);
  int before = errno;
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  pthread_join(t, NULL);
  printf("%d %d\n", before == ERANGE, errno == ERANGE);
  char text[] = "a,b;c";
  for (char* word = strtok(text, ",;"); word; word = strtok(NULL, ",;"))
    puts(word);
}
