#include "program.h"
#include "error.h"
#include "module_source.h"

#include <llvm/IR/GlobalValue.h>

namespace ajit {
namespace {

/// The symbol that a name in the IR stands for.
llvm::StringRef key(llvm::StringRef name) { return llvm::GlobalValue::dropLLVMManglingEscape(name); }

} // namespace

Program::Program(uint32_t max_functions)
    : max_functions_(max_functions),
      records_(static_cast<FunctionRecord*>(std::calloc(max_functions, sizeof(FunctionRecord)))) {}

LoadedModule& Program::module(unsigned ordinal) const {
  MutexLock lock(mutex_);
  return *modules_[ordinal];
}

unsigned Program::module_count() const {
  MutexLock lock(mutex_);
  return static_cast<unsigned>(modules_.size());
}

llvm::Expected<FunctionId> Program::take_ids(uint32_t count) {
  uint32_t first = next_id_.load(std::memory_order_relaxed);
  if (!records_ || count > max_functions_ - first)
    return make_error("too many functions: {} defined, {} more: the limit is {}", first, count, max_functions_);
  next_id_.store(first + count, std::memory_order_release);
  return FunctionId{first};
}

llvm::Expected<LoadedModule*> Program::add(LoadedModule module) {
  MutexLock lock(mutex_);
  auto duplicate = [&](const std::string& name) {
    return make_error("duplicate definition: {}: {} is defined by an earlier module", module.source->name(), name);
  };
  for (const FunctionEntry& entry : module.index.functions)
    if (functions_.contains(key(entry.symbol))) return duplicate(entry.name);
  for (const std::string& name : module.index.data)
    if (data_.contains(key(name))) return duplicate(name);
  auto count = static_cast<uint32_t>(module.index.functions.size() + module.index.ifuncs.size());
  llvm::Expected<FunctionId> first = take_ids(count);
  if (!first) return first.takeError();
  modules_.push_back(std::make_unique<LoadedModule>(std::move(module)));
  LoadedModule& kept = *modules_.back();
  kept.first = *first;

  uint32_t next = index_of(*first);
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
  return &kept;
}

void Program::commit(LoadedModule& module) {
  MutexLock lock(mutex_);
  uint32_t next = index_of(module.first);
  for (const FunctionEntry& entry : module.index.functions) functions_.try_emplace(key(entry.symbol), FunctionId{next++});
  for (const IfuncEntry& entry : module.index.ifuncs) functions_.try_emplace(key(entry.symbol), FunctionId{next++});
  for (const std::string& name : module.index.data) data_.insert(key(name));
  for (const AliasEntry& alias : module.index.aliases) {
    if (!alias.to_function) continue;
    auto target = functions_.find(key(alias.target));
    if (target != functions_.end()) functions_.try_emplace(key(alias.name), target->second);
  }
}

FunctionId Program::add_undefined(llvm::StringRef name) {
  MutexLock lock(mutex_);
  auto known = functions_.find(name);
  if (known != functions_.end()) return known->second;
  llvm::Expected<FunctionId> id = take_ids(1);
  if (!id) llvm::report_fatal_error(id.takeError());
  undefined_names_.push_back(std::make_unique<std::string>(name));
  FunctionRecord& record = records_[index_of(*id)];
  record.kind = FunctionKind::undefined;
  record.symbol = record.name = undefined_names_.back().get();
  functions_[name] = *id;
  return *id;
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
