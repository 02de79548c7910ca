// The program reads its standard input by stdio, then by read, to the end.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char line[200];
  int lines = 0, letters = 0, words = 0;
  while (fgets(line, sizeof line, stdin)) {
    lines++;
    for (char* p = line; *p; p++)
      letters += isalpha((unsigned char)*p) != 0;
    for (char* word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
      words++;
  }
  printf("%d lines, %d words, %d letters, end: %d\n", lines, words, letters, feof(stdin) != 0);
}
