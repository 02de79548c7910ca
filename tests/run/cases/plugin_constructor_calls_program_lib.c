// The plug-in of plugin_constructor_calls_program.c.
extern int host_register(const char* name, int value);
extern int count;
int replaced(int x) { return x * 2; }

__attribute__((constructor)) static void first(void) { host_register("first", replaced(count + 1)); }
__attribute__((constructor)) static void second(void) {
  count++;
  host_register("second", replaced(count));
}
