#include "linker_symbols.h"
#include "host_symbols.h"
#include "slab.h"

#include <link.h>
#include <sys/auxv.h>

extern "C" __attribute__((visibility("hidden"))) char _GLOBAL_OFFSET_TABLE_[];

namespace ajit {
namespace {

void do_nothing() {}

/// What crt1.o has: it marks the kind of stdio that the program was compiled for.
int stdin_used = 0x20001;

/// Stands for the bounds of a table without entries.
void* no_entries = nullptr;

} // namespace

void provide_linker_symbols(HostSymbols& host, const Slab& slab) {
  auto provide = [&](std::initializer_list<const char*> names, const std::function<void*()>& address) {
    for (const char* name : names)
      host.provide(name, address);
  };
  provide({"__executable_start"}, [&slab] { return slab.code_range().start; });
  provide({"etext", "_etext", "__etext"}, [&slab] { return slab.code_range().end(); });
  provide({"data_start", "__data_start"}, [&slab] { return slab.used(Region::data).start; });
  provide({"edata", "_edata", "__bss_start", "end", "_end"}, [&slab] { return slab.used(Region::data).end(); });
  provide({"_start"}, [] { return reinterpret_cast<void*>(getauxval(AT_ENTRY)); });
  provide({"_init", "_fini"}, [] { return reinterpret_cast<void*>(&do_nothing); });
  provide({"_IO_stdin_used"}, [] { return &stdin_used; });
  provide({"_DYNAMIC"}, [] { return static_cast<void*>(_DYNAMIC); });
  provide({"_GLOBAL_OFFSET_TABLE_"}, [] { return static_cast<void*>(_GLOBAL_OFFSET_TABLE_); });
  provide({"__preinit_array_start", "__preinit_array_end", "__init_array_start", "__init_array_end",
           "__fini_array_start", "__fini_array_end", "__TMC_END__"},
          [] { return &no_entries; });
}

} // namespace ajit
