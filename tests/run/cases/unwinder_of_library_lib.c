// The library of unwinder_of_library.cpp: an unwinder that, like any other, handles only exceptions raised through it.
// It forwards the work to the system's unwinder.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unwind.h>

static int in_flight;

_Unwind_Reason_Code _Unwind_RaiseException(struct _Unwind_Exception* exception) {
  _Unwind_Reason_Code (*next)(struct _Unwind_Exception*) = dlsym(RTLD_NEXT, "_Unwind_RaiseException");
  in_flight = 1;
  return next(exception);
}

void _Unwind_Resume(struct _Unwind_Exception* exception) {
  void (*next)(struct _Unwind_Exception*) = dlsym(RTLD_NEXT, "_Unwind_Resume");
  if (!in_flight) {
    fputs("_Unwind_Resume: nothing was raised here\n", stderr);
    abort();
  }
  next(exception);
  abort();
}

int library_is_loaded(void) { return 1; }
