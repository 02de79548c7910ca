// The library of library_uses_thread_local_of_program.c.
extern __thread int depth;
extern __thread long total __attribute__((tls_model("initial-exec")));
int deeper(void) { return ++depth; }
long add(long x) { return total += x; }
