// Symbols that crt1.o and the linker define in every executable: the bounds of code and data contain what they say, the
// dynamic section leads to the list of loaded objects, and the rest can be named.
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

extern char __executable_start[], etext[], _etext[], __etext[], __data_start[], data_start[], edata[], _edata[],
    __bss_start[], end[], _end[], __TMC_END__[];
extern void _start(void), _init(void), _fini(void);
extern const int _IO_stdin_used;
extern void (*__preinit_array_start[])(void), (*__preinit_array_end[])(void);
extern void (*__init_array_start[])(void), (*__init_array_end[])(void), (*__fini_array_start[])(void),
    (*__fini_array_end[])(void);

int initialised = 5;
int zeroed[1000];
static char* volatile hidden;

/// The compiler may not know that symbols differ from one another.
static unsigned long at(const void* address) {
  hidden = (char*)address;
  return (unsigned long)hidden;
}

static int between(const void* from, const void* address, const void* to) {
  return at(from) <= at(address) && at(address) < at(to);
}

static int function(int x) { return x + 1; }

int main(void) {
  printf("%d %d\n", between(__executable_start, main, etext), between(__executable_start, function, _etext));
  printf("%d %d\n", between(__data_start, &initialised, end), between(data_start, zeroed, _end));
  printf("%d %d %d\n", at(__data_start) <= at(edata), at(__bss_start) <= at(end), at(edata) <= at(end));
  printf("%d %d %d\n", at(etext) == at(__etext), at(edata) == at(_edata), at(data_start) == at(__data_start));
  int sum = 0;
  for (char* p = __data_start; p < end; p += 4096)
    sum += *p != 0;
  printf("%d\n", sum >= 0);
  const struct r_debug* debug = 0;
  for (const ElfW(Dyn)* entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++)
    if (entry->d_tag == DT_DEBUG) debug = (const struct r_debug*)entry->d_un.d_ptr;
  int objects = 0, libc = 0;
  for (const struct link_map* map = debug ? debug->r_map : 0; map; map = map->l_next)
    objects++, libc += strstr(map->l_name, "libc.so") != 0;
  printf("%d %d\n", objects > 2, libc);
  printf("%d %d %x\n", at(_start) == getauxval(AT_ENTRY), at(__TMC_END__) != 0, _IO_stdin_used);
  printf("%d %d %d\n", at(__preinit_array_start) == at(__preinit_array_end),
         at(__init_array_start) <= at(__init_array_end), at(__fini_array_start) <= at(__fini_array_end));
  printf("%d %d\n", at(_init) != 0, at(_fini) != 0);
}
