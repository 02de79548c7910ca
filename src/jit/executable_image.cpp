#include "executable_image.h"
#include "engine.h"
#include "engine_list.h"
#include "error.h"
#include "library_binder.h"
#include "log.h"
#include "runtime_threads.h"
#include "signals_held.h"

#include <algorithm>
#include <llvm/ADT/STLExtras.h>
#include <utility>

using namespace llvm;

namespace ajit {
namespace {

/// The function that answers the query `name` of a library; null for other names.
void* answer_to_query(std::string_view name) {
  for (const ObjectQuery& query : object_queries_of_libraries)
    if (query.name == name) return query.answer;
  return nullptr;
}

} // namespace

void* ExecutableImage::exported(StringRef name) const {
  if (std::optional<FunctionId> id = parts_.program.find(name)) {
    const FunctionRecord& record = parts_.program.record(*id);
    bool local = *record.symbol != *record.name;
    return local || record.kind == FunctionKind::undefined ? nullptr : parts_.stubs.address(*id);
  }
  if (!parts_.program.defines(name)) return nullptr;
  if (void* instance = parts_.thread_locals.in_this_thread(name)) return instance;
  CompileGate::Inside inside(parts_.gate);
  Expected<void*> address = parts_.linker.lookup(name);
  if (address) return *address;
  consumeError(address.takeError());
  return nullptr;
}

StringSet<> ExecutableImage::exported_names() const {
  StringSet<> names;
  for (unsigned ordinal = 0; ordinal != parts_.program.module_count(); ++ordinal) {
    const ModuleIndex& index = parts_.program.module(ordinal).index;
    for (const FunctionEntry& function : index.functions)
      if (!function.local) names.insert(function.name);
    for (const IfuncEntry& ifunc : index.ifuncs)
      names.insert(ifunc.symbol);
    for (const AliasEntry& alias : index.aliases)
      names.insert(alias.name);
    for (const std::string& variable : index.data)
      if (!parts_.thread_locals.defines(variable)) names.insert(variable);
    for (const std::string& hidden : index.hidden)
      names.erase(hidden);
  }
  return names;
}

std::vector<AddressedSymbol> ExecutableImage::exported_symbols() const {
  std::vector<AddressedSymbol> symbols;
  std::vector<std::string> variables;
  for (const auto& entry : exported_names()) {
    const StringRef name = entry.getKey();
    if (!parts_.program.find(name))
      variables.push_back(name.str());
    else if (const void* address = exported(name))
      symbols.push_back({name.str(), address});
  }
  Expected<std::vector<void*>> addresses = parts_.linker.lookup_all(variables);
  if (!addresses) {
    log_warning("link", "libraries do not see variables of the program: {}", one_line(addresses.takeError()));
    return symbols;
  }
  for (const auto& [name, address] : zip_equal(variables, *addresses))
    if (address) symbols.push_back({name, address});
  return symbols;
}

const FunctionRecord* ExecutableImage::function_at(const void* address, FunctionId& id) const {
  const CodeDescriptor* code = parts_.map.lookup(address);
  if (!code) return nullptr;
  id = code->label.function;
  if (code->label.kind == CodeKind::stub)
    id = FunctionId{static_cast<uint32_t>((static_cast<const std::byte*>(address) - code->start) / Slab::stub_size)};
  return index_of(id) < parts_.program.function_count() ? &parts_.program.record(id) : nullptr;
}

bool ExecutableImage::describe(const void* address, Dl_info& info) const {
  if (!parts_.slab.contains(address)) return false;
  const char* path = path_.load(std::memory_order_acquire);
  info = {.dli_fname = path ? path : "",
          .dli_fbase = parts_.host.lookup("__ehdr_start"),
          .dli_sname = nullptr,
          .dli_saddr = nullptr};
  FunctionId id{};
  const FunctionRecord* record = function_at(address, id);
  if (!record || !record->name || !exported(*record->name) ||
      is_contained(parts_.program.module(record->module).index.hidden, *record->name))
    return true;
  info.dli_sname = record->name->c_str();
  info.dli_saddr = parts_.stubs.address(id);
  return true;
}

std::vector<ElfW(Phdr)> ExecutableImage::segments() const {
  std::vector<ElfW(Phdr)> all;
  auto add = [&](AddressRange range, uint32_t flags) {
    ElfW(Phdr) header{};
    header.p_type = PT_LOAD;
    header.p_flags = flags;
    header.p_vaddr = header.p_paddr = reinterpret_cast<uintptr_t>(range.start);
    header.p_memsz = header.p_filesz = range.size;
    all.push_back(header);
  };
  const Slab& slab = parts_.slab;
  add(slab.code_range(), PF_R | PF_X);
  add(slab.used(Region::rodata), PF_R);
  add(slab.used(Region::data), PF_R | PF_W);
  for (const LargeData::Mapping& large : slab.large_data().mappings())
    add(large.memory, large.is_writable ? PF_R | PF_W : PF_R);
  return all;
}

void ExecutableImage::show_to_libraries() {
  if (!parts_.options.executable) return;
  SignalsHeld held;
  CompileGate::Inside inside(parts_.gate); // a fork waits; else a thread that the child lacks might hold the lock
  MutexLock lock(shown_mutex_);
  const unsigned count = parts_.program.module_count();
  if (shown_ == count) return;
  shown_ = count;
  if (Error error = load_symbol_library(exported_symbols())) log_warning("link", "{}", one_line(std::move(error)));
}

void ExecutableImage::bind_to_libraries() {
  if (!parts_.options.executable) return;
  SignalsHeld held;
  CompileGate::Inside inside(parts_.gate); // a fork waits, for the same reason
  static Mutex one_at_a_time;
  MutexLock lock(one_at_a_time);
  StringSet<> names = exported_names();
  for (const ObjectQuery& query : object_queries_of_libraries)
    names.insert(query.name);
  bind_libraries(
      names,
      [this](const char* name) {
        void* own = exported(name);
        return own ? own : answer_to_query(name);
      },
      [] { return CompileGate::this_thread_inside() || RuntimeThread::is_this_one(); });
}

//===--------------------------------------------------------------------------------------------------------------===//
// The queries of programs

namespace {

void* exported_symbol(const char* name) {
  SignalsHeld held;
  for (Engine* engine : all_engines())
    if (void* address = engine->image().exported(name)) return address;
  return nullptr;
}

/// The engines, for a thread of the program whose signals are open: the list is in the runtime's heap, which a signal
/// handler may need for a first call.
class EnginesForProgram {
public:
  EnginesForProgram() {
    SignalsHeld held;
    engines_ = all_engines();
  }
  ~EnginesForProgram() {
    SignalsHeld held;
    engines_ = {};
  }
  EnginesForProgram(const EnginesForProgram&) = delete;
  EnginesForProgram& operator=(const EnginesForProgram&) = delete;
  auto begin() const { return engines_.begin(); }
  auto end() const { return engines_.end(); }

private:
  std::vector<Engine*> engines_;
};

/// The segments of all engines, for the same thread.
class SegmentsForProgram {
public:
  SegmentsForProgram() {
    SignalsHeld held;
    for (Engine* engine : all_engines())
      engines_.push_back(engine->image().segments());
  }
  ~SegmentsForProgram() {
    SignalsHeld held;
    engines_ = {};
  }
  SegmentsForProgram(const SegmentsForProgram&) = delete;
  SegmentsForProgram& operator=(const SegmentsForProgram&) = delete;
  auto begin() const { return engines_.begin(); }
  auto end() const { return engines_.end(); }

private:
  std::vector<std::vector<ElfW(Phdr)>> engines_;
};

bool searches_executable(void* handle) {
  static void* const executable = dlopen(nullptr, RTLD_LAZY);
  return handle == RTLD_DEFAULT || handle == executable;
}

/// What follows the program in the search order is all that the dynamic linker knows, the executable included, which
/// defines some functions for the program (sigaction).
void* after_program(void* handle) { return handle == RTLD_NEXT ? RTLD_DEFAULT : handle; }

/// For RTLD_NEXT the C library finds the object that asks by the return address of the call. A tail call would return
/// to the program, in memory that belongs to no object. Passing the result through here prevents a tail call.
void* from_here(void* address) {
  asm volatile("" : "+r"(address));
  return address;
}

int program_dladdr(const void* address, Dl_info* info) {
  if (int found = dladdr(address, info)) return found;
  SignalsHeld held;
  const std::vector<Engine*> all = all_engines();
  return std::any_of(all.begin(), all.end(), [&](Engine* engine) { return engine->image().describe(address, *info); });
}

int program_dl_iterate_phdr(int (*callback)(dl_phdr_info* info, std::size_t size, void* data), void* data) {
  struct Walk {
    int (*callback)(dl_phdr_info* info, std::size_t size, void* data);
    void* data;
    SegmentsForProgram engines{}; ///< asked for before the dynamic linker's lock is taken
    bool own_shown = false;
  };
  Walk walk{callback, data};
  return dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t size, void* of) {
        auto& walk = *static_cast<Walk*>(of);
        if (!std::exchange(walk.own_shown, true))
          for (const std::vector<ElfW(Phdr)>& segments : walk.engines) {
            dl_phdr_info own = *info;
            own.dlpi_addr = 0;
            own.dlpi_name = "";
            own.dlpi_phdr = segments.data();
            own.dlpi_phnum = segments.size();
            own.dlpi_tls_modid = 0;
            own.dlpi_tls_data = nullptr;
            if (int result = walk.callback(&own, size, walk.data)) return result;
          }
        return walk.callback(info, size, walk.data);
      },
      &walk);
}

void show_programs_to_libraries() {
  for (Engine* engine : EnginesForProgram())
    engine->image().show_to_libraries();
}

/// The call must be a jump, so that the C library finds the calling library by the return address.
void* library_dlopen(const char* path, int mode) {
  if (path) show_programs_to_libraries();
  [[clang::musttail]] return dlopen(path, mode);
}

} // namespace

const std::array<ObjectQuery, 2> object_queries{{
    {"dladdr", reinterpret_cast<void*>(&program_dladdr)},
    {"dl_iterate_phdr", reinterpret_cast<void*>(&program_dl_iterate_phdr)},
}};

const std::array<ObjectQuery, 3> object_queries_of_libraries{{
    object_queries[0],
    object_queries[1],
    {"dlopen", reinterpret_cast<void*>(&library_dlopen)},
}};

void* program_dlsym(void* handle, const char* name) {
  if (searches_executable(handle))
    if (void* address = exported_symbol(name)) return address;
  return from_here(dlsym(after_program(handle), name));
}

void* program_dlvsym(void* handle, const char* name, const char* version) {
  return from_here(dlvsym(handle, name, version));
}

void* program_dlopen(const char* path, int mode) {
  if (path) show_programs_to_libraries();
  void* handle = dlopen(path, mode);
  if (!path || !handle) return handle;
  // The dynamic linker prefers libraries that were loaded before the program's names were shown: the C library's
  // malloc.
  for (Engine* engine : EnginesForProgram())
    engine->image().bind_to_libraries();
  return handle;
}

} // namespace ajit
