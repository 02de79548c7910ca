// A status from the command line (here 3), with text on both streams.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  fprintf(stderr, "%d arguments\n", argc - 1);
  puts(argv[argc - 1]);
  return atoi(argv[argc - 1]);
}
