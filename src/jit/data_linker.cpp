#include "data_linker.h"
#include "compile_unit.h"
#include "error.h"
#include "linker_name.h"
#include "link_guarded.h"
#include "module_source.h"
#include "unit_through_bytes.h"

#include <llvm/IR/GlobalValue.h>

using namespace llvm;

namespace ajit {

Expected<DataLinker::DataAround> DataLinker::make_room_for_data_around(const LoadedModule& module) {
  DataAround all;
  uint32_t next = index_of(module.first);
  for (const FunctionEntry& function : module.index.functions) {
    FunctionId id{next++};
    if (function.prefix + function.prologue == 0) continue;
    Expected<std::byte*> place = parts_.stubs.make_with_data(id, function.prefix, function.prologue);
    if (!place) return place.takeError();
    all.emplace_back(&function, *place);
  }
  return all;
}

Error DataLinker::link(const LoadedModule& module, const DataAround& around) {
  CompileGate::Inside inside(parts_.gate);
  if (Error error = link_unit(module)) return error;
  if (Error error = define_aliases(module)) return error;
  return fill(around);
}

Error DataLinker::link_unit(const LoadedModule& module) {
  if (!module.index.has_data_unit) return Error::success();
  CompilePool::Lease context = parts_.pool.borrow();
  Expected<CompiledUnit> unit = compile_data(context, module.source, module.ordinal);
  if (unit && parts_.options.through_bytes) unit = through_bytes(std::move(*unit));
  if (!unit) {
    context.discard(); // nothing needs what it has read of the module
    return in_context(unit.takeError(), fmt::format("cannot compile data: {}", module.source->name()));
  }
  if (unit->object.empty()) return Error::success();
  std::vector<BodyIdentity> identities;
  for (const CompiledBody& body : unit->bodies) {
    FunctionId id = *parts_.program.find(body.function);
    identities.push_back({id, *parts_.program.record(id).name});
  }
  Expected<std::vector<InstalledBody>> installed = link_guarded(parts_.linker, *unit, identities);
  if (!installed) {
    context.discard();
    return in_context(installed.takeError(), fmt::format("cannot link data: {}", module.source->name()));
  }
  if (parts_.thread_locals.are_at_fixed_distance(module.index.thread_locals))
    module.source->set_calls_for_thread_locals(false);
  install(*unit, std::move(*installed));
  return Error::success();
}

void DataLinker::install(CompiledUnit& unit, std::vector<InstalledBody> installed) {
  variables_.push_back(std::move(installed.back()));
  installed.pop_back();
  for (auto [facts, body] : zip_equal(unit.bodies, installed)) {
    const FunctionId id = *parts_.program.find(facts.function);
    parts_.first.prepare(id);
    std::optional<Claim> claim = parts_.first.claim(id);
    if (!claim) continue; // another thread holds the claim; its compile of the body fails
    parts_.install(
        {.id = id, .unit = std::move(facts), .installed = std::move(body), .cost = {}, .claim = std::move(claim)},
        unit.tier);
  }
}

Error DataLinker::define_aliases(const LoadedModule& module) {
  for (const AliasEntry& alias : module.index.aliases) {
    if (alias.to_function) continue;
    Expected<void*> base = parts_.linker.lookup(linker_name(alias.target));
    if (!base) return base.takeError();
    parts_.program.define_alias(alias.name, static_cast<char*>(*base) + alias.offset);
  }
  return Error::success();
}

Error DataLinker::fill(const DataAround& around) {
  for (auto [function, place] : around) {
    Expected<void*> data = parts_.linker.lookup(name_of_data_around(linker_name(function->symbol).str()));
    if (!data) return data.takeError();
    parts_.stubs.fill(place, *data, function->prefix + function->prologue);
  }
  return Error::success();
}

} // namespace ajit
