// Part of exception_foreign.cpp: raises exceptions of its own class, and has a cleanup for those that pass through it.
#include <stdlib.h>
#include <unwind.h>

static int deleted, passed;

static void delete_exception(_Unwind_Reason_Code why, struct _Unwind_Exception* exception) {
  (void)why;
  deleted++;
  free(exception);
}

void raise_foreign(void) {
  struct _Unwind_Exception* exception = aligned_alloc(16, (sizeof *exception + 15) / 16 * 16);
  __builtin_memcpy(&exception->exception_class, "AJITTEST", 8);
  exception->exception_cleanup = delete_exception;
  _Unwind_RaiseException(exception);
  abort(); // no handler caught it
}

static void note(int* unused) {
  (void)unused;
  passed++;
}
void call_with_cleanup(void (*function)(int), int argument) {
  int guard __attribute__((cleanup(note))) = 0;
  (void)guard;
  function(argument);
}

int foreign_deleted(void) { return deleted; }
int foreign_passed(void) { return passed; }
