#include "host_symbols.h"
#include "bfloat16.h"
#include "error.h"
#include "library_binder.h"
#include "lifted_limit.h"

#include <dlfcn.h>
#include <link.h>
#include <llvm/ADT/ArrayRef.h>
#include <utility>

extern "C" {
int __cxa_at_quick_exit(void (*function)(void*), void* dso_handle);
int __register_atfork(void (*prepare)(), void (*parent)(), void (*child)(), void* dso_handle);

// Hidden symbols of libgcc.a. libgcc_s.so has the first two for old executables only, where no lookup by name finds
// them, and lacks the third. It has everything else in libgcc.a that code generators call.
extern char __cpu_model[];
extern char __cpu_features2[];
int __cpu_indicator_init();

// The ELF header of the executable or library that holds this code; the linker defines it.
extern const char __ehdr_start __attribute__((visibility("hidden")));
}

namespace ajit {
namespace {

using CxaAtexit = int (*)(void (*function)(void*), void* argument, void* dso_handle);

/// The C library's function, even if the executable diverts its own calls of that name.
CxaAtexit c_library_atexit() {
  static const auto function = reinterpret_cast<CxaAtexit>(dlsym(RTLD_NEXT, "__cxa_atexit"));
  return function;
}

// The functions of libc_nonshared.a. Each registers under the program's handle, which is null. Nothing is unloaded
// before the process ends, so the handle only decides the order, and all handlers are in one list.
int program_atexit(void (*function)()) {
  return c_library_atexit()(reinterpret_cast<void (*)(void*)>(function), nullptr, nullptr);
}

int program_at_quick_exit(void (*function)()) {
  return __cxa_at_quick_exit(reinterpret_cast<void (*)(void*)>(function), nullptr);
}

int program_pthread_atfork(void (*prepare)(), void (*parent)(), void (*child)()) {
  return __register_atfork(prepare, parent, child, nullptr);
}

/// The module whose thread-local block, in the calling thread, contains `address`, and the offset in that block.
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

/// Looks in the library at `path`, whose constructors run: its symbols become global only after that.
void* symbol_while_loading(const char* path, const char* name) {
  void* library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  return library ? dlsym(library, name) : nullptr;
}

/// Looks in the languages' run-time libraries, opened when a symbol is found nowhere else. A C program starts faster
/// without the C++ library. Few programs need libatomic, for atomics wider than the processor's, or the vector versions
/// of mathematical functions (`-fveclib=libmvec`), which `-lm` links where they are called.
void* runtime_library_symbol(const char* name) {
  const LiftedLimit descriptors(RLIMIT_NOFILE);
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
  define("__truncsfbf2", reinterpret_cast<void*>(static_cast<ReturnedBfloat16 (*)(float)>(&truncate_to_bfloat16)));
  define("__truncdfbf2", reinterpret_cast<void*>(static_cast<ReturnedBfloat16 (*)(double)>(&truncate_to_bfloat16)));
  define("__ehdr_start", const_cast<char*>(&__ehdr_start));
}

llvm::Error HostSymbols::load_library(const std::string& path, bool may_wait) {
  if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
    keep(library);
    return llvm::Error::success();
  }
  const std::string why = dlerror();
  if (!may_wait || llvm::StringRef(why).find(": undefined symbol: ") == llvm::StringRef::npos)
    return make_error("cannot load library: {}", why);
  MutexLock lock(mutex_);
  waiting_.push_back(path);
  return llvm::Error::success();
}

bool HostSymbols::has_waiting() const {
  MutexLock lock(mutex_);
  return !waiting_.empty();
}

std::vector<std::string> HostSymbols::take_waiting() {
  MutexLock lock(mutex_);
  return std::exchange(waiting_, {});
}

void HostSymbols::keep(void* library) {
  MutexLock lock(mutex_);
  libraries_.push_back(library);
  known_.clear(); // the library comes before the rest of the process
}

void HostSymbols::set_loading(std::string path) {
  MutexLock lock(mutex_);
  loading_ = std::move(path);
}

llvm::Error HostSymbols::load_waiting() {
  for (const std::string& path : take_waiting()) {
    set_loading(path);
    llvm::Error error = load_library(path);
    set_loading({});
    if (error) return error;
  }
  return llvm::Error::success();
}

llvm::Error HostSymbols::load_waiting_incomplete() {
  for (const std::string& path : take_waiting()) {
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
    if (!library) return make_error("cannot load library: {}", dlerror());
    keep(library);
    MutexLock lock(mutex_);
    incomplete_.push_back(library);
  }
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

void HostSymbols::provide(llvm::StringRef name, std::function<void*()> address) {
  MutexLock lock(mutex_);
  provided_[name] = std::move(address);
}

void* HostSymbols::lookup(llvm::StringRef name) const {
  {
    MutexLock lock(mutex_);
    auto own = own_.find(name);
    if (own != own_.end()) return own->second;
    auto known = known_.find(name);
    if (known != known_.end()) return known->second;
  }
  void* address = search(name);
  MutexLock lock(mutex_);
  if (address && !provided_.contains(name)) known_.try_emplace(name, address); // what is provided may move
  return address;
}

void HostSymbols::settle(llvm::StringRef name) {
  if (lookup(name)) return;
  MutexLock lock(mutex_);
  known_.try_emplace(name, nullptr);
}

std::string HostSymbols::loading() const {
  MutexLock lock(mutex_);
  return loading_;
}

std::function<void*()> HostSymbols::provided(llvm::StringRef name) const {
  MutexLock lock(mutex_);
  return provided_.lookup(name);
}

std::vector<void*> HostSymbols::libraries() const {
  MutexLock lock(mutex_);
  return libraries_;
}

void* HostSymbols::search(llvm::StringRef name) const {
  std::string terminated = name.str();
  // All code must use one unwinder: that of the process, which asks us for generated code. The loaded libraries are
  // bound to it, though one may have brought its own, as LLVM's C++ library does.
  if (name.starts_with("_Unwind_"))
    if (void* address = dlsym(RTLD_DEFAULT, terminated.c_str())) return address;
  for (void* library : libraries())
    if (void* address = dlsym(library, terminated.c_str())) return address;
  if (const std::string path = loading(); !path.empty())
    if (void* address = symbol_while_loading(path.c_str(), terminated.c_str())) return address;
  if (void* address = dlsym(RTLD_DEFAULT, terminated.c_str())) return address;
  if (const std::function<void*()> address = provided(name)) return address();
  return runtime_library_symbol(terminated.c_str());
}

std::optional<TlsIndex> HostSymbols::find_thread_local(llvm::StringRef name) const {
  // For a thread-local symbol, dlsym returns the calling thread's own instance, and makes it if necessary.
  void* mine = search(name);
  return mine ? index_of_thread_local(mine) : std::nullopt;
}

} // namespace ajit
