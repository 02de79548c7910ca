// The plug-in of plugin_calls_program.c.
extern void host_register(const char* name, int (*function)(int));
extern int host_scale(int x);

static int work(int x) { return host_scale(x) + 1; }
void plugin_start(void) { host_register("plug-in", work); }
