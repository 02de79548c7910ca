// Symbols that a linker defines: the bounds of a section whose name is a C
// identifier, and the start of the image.
#include <stdio.h>

struct command {
  const char* name;
  int (*run)(int);
};
#define command(name, body)                                                                                            \
  static int run_##name(int x) { return body; }                                                                        \
  __attribute__((used, section("commands"))) static const struct command command_##name = {#name, run_##name};
command(add, x + 1) command(twice, x * 2) command(square, x* x) extern const struct command __start_commands[],
    __stop_commands[];

int main(void) {
  printf("%d\n", (int)(__stop_commands - __start_commands));
  for (const struct command* c = __start_commands; c < __stop_commands; c++)
    printf("%s %d\n", c->name, c->run(7));
}
