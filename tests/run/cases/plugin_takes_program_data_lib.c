// The plug-in of plugin_takes_program_data.c.
#include <stdio.h>

extern struct host_type {
  const char* name;
  int (*apply)(int);
} host_type;
extern int host_counter;
extern const char* const host_words[];
extern int host_scale(int x);

int shared_level = 1000;
int shared_answer(void) { return -1; }
int (*plugin_table[])(int) = {host_scale};
const char* const* plugin_word = &host_words[2];

static int apply(int x) { return host_scale(x) + shared_answer(); }

__attribute__((constructor)) static void construct(void) {
  printf("constructed: %d %d %s\n", shared_level, shared_answer(), *plugin_word);
  host_type.name = "changed";
  host_type.apply = apply;
}

int plugin_work(int x) { return plugin_table[0](x) + host_counter++; }
int plugin_level(void) { return shared_level; }
