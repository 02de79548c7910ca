// The other half of common_symbols.c: a larger buffer and a definition.
int tentative;
int defined_elsewhere = 40;
char buffer[64];
int sum_in_other_module(void) {
  buffer[63] = 1;
  return tentative * 1000 + defined_elsewhere * 10 + buffer[15] + buffer[63];
}
