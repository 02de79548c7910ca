// The library of library_without_gnu_hash.c.
int replaced(int x) { return x * 2; }
int verbosity = 9;
__attribute__((visibility("protected"))) int kept_back(void) { return 5; }
extern int left_open(int);

int library_answer(int x) { return replaced(x) + left_open(x); }
int library_total(void) { return verbosity; }
int library_protected(void) { return kept_back(); }
int (*library_pointer(void))(int) { return replaced; }
