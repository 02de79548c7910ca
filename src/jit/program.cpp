#include "program.h"
#include "error.h"
#include "module_source.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/GlobalValue.h>
#include <new>

namespace ajit {
namespace {

/// The symbol that a name in the IR stands for.
llvm::StringRef key(llvm::StringRef name) { return llvm::GlobalValue::dropLLVMManglingEscape(name); }

uint32_t count_of(const ModuleIndex& index) {
  return static_cast<uint32_t>(index.functions.size() + index.ifuncs.size());
}

/// The symbols that the module of `index` defines.
std::vector<llvm::StringRef> definitions(const ModuleIndex& index) {
  std::vector<llvm::StringRef> symbols;
  for (const FunctionEntry& entry : index.functions)
    symbols.push_back(key(entry.symbol));
  for (const IfuncEntry& entry : index.ifuncs)
    symbols.push_back(key(entry.symbol));
  for (const std::string& symbol : index.data)
    symbols.push_back(key(symbol));
  for (const AliasEntry& entry : index.aliases)
    symbols.push_back(key(entry.name));
  return symbols;
}

/// Whether normalise() gives such names to local symbols. They are one module's own, so they are never shared.
bool is_name_of_local(llvm::StringRef symbol) {
  const auto [name, ordinal] = symbol.rsplit('$');
  return !ordinal.empty() && llvm::all_of(ordinal, llvm::isDigit);
}

} // namespace

bool defines(const ModuleIndex& index, llvm::StringRef name) {
  return llvm::is_contained(definitions(index), key(name));
}

Program::Program() : records_(static_cast<FunctionRecord*>(std::calloc(function_limit, sizeof(FunctionRecord)))) {}

LoadedModule& Program::module(unsigned ordinal) const {
  MutexLock lock(mutex_);
  return *modules_[ordinal];
}

unsigned Program::module_count() const {
  MutexLock lock(mutex_);
  return static_cast<unsigned>(modules_.size());
}

bool Program::has_room(uint32_t count) const {
  return records_ && count <= function_limit - next_id_.load(std::memory_order_relaxed);
}

FunctionId Program::take_ids(uint32_t count) {
  return FunctionId{next_id_.fetch_add(count, std::memory_order_release)};
}

bool Program::is_defined(llvm::StringRef symbol) const {
  if (data_.contains(key(symbol)) || aliases_.contains(key(symbol))) return true;
  auto function = functions_.find(key(symbol));
  return function != functions_.end() && record(function->second).kind != FunctionKind::undefined;
}

llvm::StringSet<> Program::yielding(const LoadedModule& module) const {
  llvm::StringSet<> weak, result;
  for (const std::string& symbol : module.index.weak)
    weak.insert(key(symbol));
  MutexLock lock(mutex_);
  for (llvm::StringRef symbol : definitions(module.index))
    if (is_defined(symbol) && !is_name_of_local(symbol) && (weak.contains(symbol) || weak_.contains(symbol)))
      result.insert(symbol);
  return result;
}

llvm::Error Program::check(const LoadedModule& module, const std::string& name) const {
  MutexLock lock(mutex_);
  auto duplicate = [&](const std::string& symbol) {
    return make_typed<Refused>("duplicate definition: {}: {} is defined by an earlier module", name, symbol);
  };
  for (const FunctionEntry& entry : module.index.functions)
    if (functions_.contains(key(entry.symbol))) return duplicate(entry.name);
  for (const std::string& symbol : module.index.data)
    if (data_.contains(key(symbol))) return duplicate(symbol);
  if (!records_) return make_error("cannot load module: {}: no memory for the table of functions", name);
  if (has_room(count_of(module.index))) return llvm::Error::success();
  return make_typed<NoRoom>("too many functions: {}: {} more, the limit is {}", name, count_of(module.index),
                            function_limit);
}

LoadedModule& Program::add(LoadedModule module) {
  MutexLock lock(mutex_);
  modules_.push_back(std::make_unique<LoadedModule>(std::move(module)));
  LoadedModule& kept = *modules_.back();
  kept.first = take_ids(count_of(kept.index));

  uint32_t next = index_of(kept.first);
  for (const FunctionEntry& entry : kept.index.functions) {
    FunctionRecord& record = records_[next++];
    record.kind = FunctionKind::function;
    record.module = kept.ordinal;
    record.symbol = &entry.symbol;
    record.name = &entry.name;
  }
  for (const IfuncEntry& entry : kept.index.ifuncs) {
    FunctionRecord& record = records_[next++];
    record.kind = FunctionKind::ifunc;
    record.module = kept.ordinal;
    record.symbol = record.name = &entry.symbol;
    record.resolver = &entry.resolver;
  }
  return kept;
}

void Program::commit(const LoadedModule& module) {
  MutexLock lock(mutex_);
  uint32_t next = index_of(module.first);
  for (const FunctionEntry& entry : module.index.functions)
    functions_.try_emplace(key(entry.symbol), FunctionId{next++});
  for (const IfuncEntry& entry : module.index.ifuncs)
    functions_.try_emplace(key(entry.symbol), FunctionId{next++});
  for (const std::string& name : module.index.data)
    data_.insert(key(name));
  for (const std::string& name : module.index.weak)
    weak_.insert(key(name));
  for (const std::string& name : module.index.shared_thread_locals)
    shared_thread_locals_.insert(key(name));
  for (const std::string& name : module.index.hidden)
    hidden_.insert(key(name));
  for (const AliasEntry& alias : module.index.aliases) {
    if (!alias.to_function) continue;
    auto target = functions_.find(key(alias.target));
    if (target != functions_.end()) functions_.try_emplace(key(alias.name), target->second);
  }
}

void Program::retract(const LoadedModule& module) {
  MutexLock lock(mutex_);
  for (const FunctionEntry& entry : module.index.functions)
    functions_.erase(key(entry.symbol));
  for (const IfuncEntry& entry : module.index.ifuncs)
    functions_.erase(key(entry.symbol));
  for (const std::string& name : module.index.data)
    data_.erase(key(name));
  for (const std::string& name : module.index.weak)
    weak_.erase(key(name));
  for (const std::string& name : module.index.shared_thread_locals)
    shared_thread_locals_.erase(key(name));
  for (const std::string& name : module.index.hidden)
    hidden_.erase(key(name));
  for (const AliasEntry& alias : module.index.aliases)
    if (alias.to_function)
      functions_.erase(key(alias.name));
    else
      aliases_.erase(key(alias.name));
}

void Program::remove(LoadedModule& module) {
  MutexLock lock(mutex_);
  const uint32_t first = index_of(module.first), count = count_of(module.index);
  bool unused = next_id_.load(std::memory_order_relaxed) == first + count;
  for (uint32_t index = first; index != first + count; ++index)
    unused &= records_[index].prepared.load(std::memory_order_relaxed) == 0;
  if (unused) {
    for (uint32_t index = first; index != first + count; ++index)
      new (&records_[index]) FunctionRecord{};
    next_id_.store(first, std::memory_order_release);
  }
  module.index = {};
  module.source.reset();
}

std::optional<FunctionId> Program::add_undefined(llvm::StringRef name) {
  MutexLock lock(mutex_);
  auto known = functions_.find(name);
  if (known != functions_.end()) return known->second;
  if (!has_room(1)) return std::nullopt;
  FunctionId id = take_ids(1);
  undefined_names_.push_back(std::make_unique<std::string>(name));
  FunctionRecord& record = records_[index_of(id)];
  record.kind = FunctionKind::undefined;
  record.symbol = record.name = undefined_names_.back().get();
  functions_[name] = id;
  return id;
}

std::optional<FunctionId> Program::find(llvm::StringRef symbol) const {
  MutexLock lock(mutex_);
  auto known = functions_.find(key(symbol));
  if (known == functions_.end()) return std::nullopt;
  return known->second;
}

bool Program::defines(llvm::StringRef symbol) const {
  MutexLock lock(mutex_);
  return functions_.contains(key(symbol)) || data_.contains(key(symbol)) || aliases_.contains(key(symbol));
}

bool Program::is_shared_thread_local(llvm::StringRef symbol) const {
  MutexLock lock(mutex_);
  return shared_thread_locals_.contains(key(symbol));
}

bool Program::is_hidden(llvm::StringRef symbol) const {
  MutexLock lock(mutex_);
  return hidden_.contains(key(symbol));
}

bool Program::is_deferred(llvm::StringRef symbol) const {
  MutexLock lock(mutex_);
  return deferred_.contains(key(symbol));
}

void Program::defer(llvm::StringRef symbol) {
  MutexLock lock(mutex_);
  deferred_.insert(key(symbol));
}

void Program::define_alias(llvm::StringRef name, void* address) {
  MutexLock lock(mutex_);
  aliases_[key(name)] = address;
}

void* Program::find_alias(llvm::StringRef name) const {
  MutexLock lock(mutex_);
  return aliases_.lookup(key(name));
}

} // namespace ajit
