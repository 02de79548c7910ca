// The plug-in of library_opens_plugin.c.
extern int shared;
extern int program_twice(int);
static int (*const twice)(int) = program_twice;

int plugin_run(int x) { return twice(x) + shared++; }
