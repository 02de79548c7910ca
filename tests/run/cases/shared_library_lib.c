// The library of shared_library.c, compiled ahead of time.
int library_value = 1;
__attribute__((constructor)) static void construct(void) { library_value = 37; }
int library_apply(int (*f)(int), int x) { return f(x) + library_value; }
int (*library_keep(int (*f)(int)))(int) { return f; }
