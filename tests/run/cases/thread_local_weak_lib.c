// The library of thread_local_weak.c.
_Thread_local int weak_in_library = 1000, in_library = 2000;
