// The plug-in of plugin_uses_thread_local_of_program.c.
extern __thread int request_id;
extern __thread char buffer[];
int next_id(void) { return ++request_id; }
int put(char c) {
  buffer[0] = c;
  return buffer[1];
}
