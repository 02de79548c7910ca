// The library of thread_local_of_library.c.
_Thread_local int library_counter = 40;
_Thread_local struct {
  long values[6];
  const char* text;
} library_record = {{1, 2, 3, 4, 5, 6}, "of the library"};

int library_sees(void) { return library_counter; }
