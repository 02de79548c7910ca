// The other half of thread_local_across_modules.c: defines the variable.
_Thread_local int shared_tls = 100;
int* address_in_other_module(void) { return &shared_tls; }
