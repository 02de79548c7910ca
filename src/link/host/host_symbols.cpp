#include "host_symbols.h"
#include "error.h"
#include "library_binder.h"

#include <dlfcn.h>
#include <link.h>
#include <llvm/ADT/ArrayRef.h>

extern "C" {
int __cxa_at_quick_exit(void (*function)(void*), void* dso_handle);
int __register_atfork(void (*prepare)(), void (*parent)(), void (*child)(), void* dso_handle);

// libgcc.a's, hidden: libgcc_s.so has the first two for old executables only, where no lookup by name finds them, and
// lacks the third. Everything else that code generators call in libgcc.a is in libgcc_s.so as well.
extern char __cpu_model[];
extern char __cpu_features2[];
int __cpu_indicator_init();

// Of the executable or library that holds this code; the linker makes it.
extern const char __ehdr_start __attribute__((visibility("hidden")));
}

namespace ajit {
namespace {

using CxaAtexit = int (*)(void (*function)(void*), void* argument, void* dso_handle);

/// The C library's, whatever the executable does to its own calls of that name.
CxaAtexit c_library_atexit() {
  static const auto function = reinterpret_cast<CxaAtexit>(dlsym(RTLD_NEXT, "__cxa_atexit"));
  return function;
}

// What libc_nonshared.a holds. Each registers under the program's handle, the null one: nothing is unloaded before the
// process ends, so the handle only decides the order, and that is one list for all.
int program_atexit(void (*function)()) {
  return c_library_atexit()(reinterpret_cast<void (*)(void*)>(function), nullptr, nullptr);
}

int program_at_quick_exit(void (*function)()) {
  return __cxa_at_quick_exit(reinterpret_cast<void (*)(void*)>(function), nullptr);
}

int program_pthread_atfork(void (*prepare)(), void (*parent)(), void (*child)()) {
  return __register_atfork(prepare, parent, child, nullptr);
}

/// The module whose thread-local block of the calling thread contains `address`, and where in it.
std::optional<TlsIndex> index_of_thread_local(const void* address) {
  struct Search {
    uintptr_t address;
    std::optional<TlsIndex> found;
  } search{reinterpret_cast<uintptr_t>(address), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& search = *static_cast<Search*>(data);
        const uintptr_t block = reinterpret_cast<uintptr_t>(info->dlpi_tls_data); // null if the thread has none yet
        for (const ElfW(Phdr) & header : llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum))
          if (header.p_type == PT_TLS && block && search.address - block < header.p_memsz)
            search.found = TlsIndex{info->dlpi_tls_modid, search.address - block};
        return search.found ? 1 : 0;
      },
      &search);
  return search.found;
}

/// The languages' run-time libraries, opened when something is found nowhere else: a C program starts faster without
/// the C++ library, and few need what atomics wider than the processor's call, or the mathematical functions of whole
/// vectors (`-fveclib=libmvec`), which `-lm` links where they are called.
void* runtime_library_symbol(const char* name) {
  static void* const cxx = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL);
  if (void* address = cxx ? dlsym(cxx, name) : nullptr) return address;
  static void* const atomics = dlopen("libatomic.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (void* address = atomics ? dlsym(atomics, name) : nullptr) return address;
  // Names of the vector ABI (and of guards of C++'s static variables, which are in no library).
  if (!llvm::StringRef(name).starts_with("_ZGV")) return nullptr;
  static void* const vector_math = dlopen("libmvec.so.1", RTLD_NOW | RTLD_GLOBAL);
  return vector_math ? dlsym(vector_math, name) : nullptr;
}

} // namespace

bool run_at_exit(void (*function)()) { return program_atexit(function) == 0; }

HostSymbols::HostSymbols() {
  define("atexit", reinterpret_cast<void*>(&program_atexit));
  define("at_quick_exit", reinterpret_cast<void*>(&program_at_quick_exit));
  define("pthread_atfork", reinterpret_cast<void*>(&program_pthread_atfork));
  define("__cpu_model", __cpu_model);
  define("__cpu_features2", __cpu_features2);
  define("__cpu_indicator_init", reinterpret_cast<void*>(&__cpu_indicator_init));
  define("__ehdr_start", const_cast<char*>(&__ehdr_start));
}

llvm::Error HostSymbols::load_library(const std::string& path, bool may_complete) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  bool complete = handle;
  std::string why = handle ? "" : dlerror();
  if (!handle && may_complete) handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (!handle) return make_error("cannot load library: {}", why);
  MutexLock lock(mutex_);
  libraries_.push_back(handle);
  if (!complete) incomplete_.push_back(handle);
  return llvm::Error::success();
}

llvm::Error HostSymbols::check_complete(const llvm::StringSet<>& names) {
  MutexLock lock(mutex_);
  for (void* library : incomplete_) {
    std::string missing = unresolved_symbol(library, names);
    if (missing.empty()) continue;
    link_map* map = nullptr;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    return make_error("cannot load library: {}: undefined symbol: {}", map->l_name, missing);
  }
  incomplete_.clear();
  return llvm::Error::success();
}

void HostSymbols::define(llvm::StringRef name, void* address) {
  MutexLock lock(mutex_);
  own_[name] = address;
}

void* HostSymbols::lookup(llvm::StringRef name) const {
  MutexLock lock(mutex_);
  auto own = own_.find(name);
  if (own != own_.end()) return own->second;
  std::string terminated = name.str();
  // One unwinder for all. The libraries are bound to that of the process, which asks us for generated code, though
  // they may have brought one along, as LLVM's C++ library does.
  if (name.starts_with("_Unwind_"))
    if (void* address = dlsym(RTLD_DEFAULT, terminated.c_str())) return address;
  for (void* library : libraries_)
    if (void* address = dlsym(library, terminated.c_str())) return address;
  if (void* address = dlsym(RTLD_DEFAULT, terminated.c_str())) return address;
  return runtime_library_symbol(terminated.c_str());
}

std::optional<TlsIndex> HostSymbols::find_thread_local(llvm::StringRef name) const {
  // For such a symbol dlsym gives the calling thread's own instance, which it makes if need be.
  void* mine = lookup(name);
  return mine ? index_of_thread_local(mine) : std::nullopt;
}

} // namespace ajit
