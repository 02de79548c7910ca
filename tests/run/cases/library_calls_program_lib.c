// The library of library_calls_program.c.
int replaced(int x) { return x * 2; }
int verbosity = 9;
extern const char* left_open(int n);
int inside(void) { return 5; }

static int (*const kept)(int) = replaced; // a relocation in read-only data

int library_answer(int x) { return replaced(x) + kept(1); }
int library_total(void) { return verbosity; }
const char* library_asks(void) { return left_open(verbosity); }
int library_hidden(void) { return inside(); }
int (*library_pointer(void))(int) { return replaced; }
