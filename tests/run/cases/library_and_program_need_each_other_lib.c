// The library of library_and_program_need_each_other.c.
extern int program_scale(int);
int library_value = 11;
int library_first(int x) { return program_scale(x) + 1; }
int library_second(int x) {
  library_value++;
  return program_scale(x) - 1;
}
