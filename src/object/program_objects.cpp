#include "program_objects.h"
#include "error.h"
#include "function_signature.h"
#include "load_check.h"
#include "manifest_text.h"
#include "module_source.h"

#include <fmt/format.h>
#include <formats/exports.h>
#include <formats/manifest.h>
#include <formats/profile_state.h>
#include <map>
#include <set>

using namespace llvm;

namespace ajit {
namespace {

constexpr const char* data_file = "DATA0.OBJ";
constexpr const char* state_file = "STATE.BIN";

class ProgramBuilder {
public:
  using Signatures = std::map<std::string, FunctionSignature>;

  ProgramBuilder(ObjectCompiler& compiler, Signatures signatures, const PackOptions& options)
      : compiler_(compiler), signatures_(std::move(signatures)) {
    contents_.thresholds = options.thresholds;
    contents_.state_file = state_file;
#define ADD_EXPORT(name, signature) defined_.insert(#name);
    AJIT_EXPORTS(ADD_EXPORT)
#undef ADD_EXPORT
    for (const FunctionEntry& entry : compiler.index().functions)
      defined_.insert(entry.symbol);
  }

  Error add_data() {
    Expected<StampedObject> data = compiler_.compile_data();
    if (!data) return make_error("data: {}", one_line(data.takeError()));
    if (data->empty()) return Error::success();
    contents_.data.push_back({data_file, compiler_.source_hash("")});
    keep(data_file, std::move(*data));
    return Error::success();
  }

  Error add_function(const FunctionEntry& entry) {
    if (entry.symbol.size() >= MANIFEST_MAX_NAME)
      return make_error("name too long: {}: the manifest has room for {} bytes", entry.symbol, MANIFEST_MAX_NAME - 1);
    Expected<FunctionPlan> plan = compiler_.plan(entry.symbol);
    if (!plan) return plan.takeError();
    FunctionSignature signature = signature_of(entry);
    ManifestFunction function{entry.symbol, signature.text, signature.flags, compiler_.source_hash(entry.symbol), {}};
    if (!plan->pinned.empty())
      program_.remarks.push_back(fmt::format("{}: stays at its first tier: {}", entry.symbol, plan->pinned));
    for (Tier tier : all_tiers) {
      if (tier != Tier::O0 && !plan->pinned.empty()) break;
      Expected<StampedObject> object = compiler_.compile(entry.symbol, tier);
      if (!object) return object.takeError();
      std::string name = fmt::format("F{:04X}T{}.OBJ", program_.functions, tier_index(tier));
      function.files[tier_index(tier)] = name;
      keep(name, std::move(*object));
    }
    contents_.functions.push_back(std::move(function));
    program_.functions++;
    return Error::success();
  }

  Error check_imports() const {
    std::set<std::string> missing;
    for (const ImageFile& file : program_.files) {
      LoadCheck check(file.bytes);
      LinkFigures figures = check.link([this](StringRef name) { return defined_.contains(name.str()); });
      missing.insert(figures.unresolved.begin(), figures.unresolved.end());
    }
    if (missing.empty()) return Error::success();
    return make_error("undefined symbols: neither the program nor the kernel defines {}", fmt::join(missing, ", "));
  }

  ProgramObjects finish() {
    uint32_t slot = profile_state_slot_size(program_.functions);
    std::string text = manifest_text(contents_);
    std::vector<ImageFile> files;
    files.push_back({MANIFEST_FILE, {text.begin(), text.end()}});
    files.push_back({state_file, std::vector<uint8_t>(size_t{slot} * PROFILE_STATE_SLOTS)});
    std::move(program_.files.begin(), program_.files.end(), std::back_inserter(files));
    program_.files = std::move(files);
    return std::move(program_);
  }

private:
  /// A local function's symbol is its name in the bitcode with a suffix.
  FunctionSignature signature_of(const FunctionEntry& entry) const {
    auto found = signatures_.find(entry.symbol);
    if (entry.local) found = signatures_.find(entry.symbol.substr(0, entry.symbol.rfind('$')));
    return found == signatures_.end() ? FunctionSignature{"-"} : found->second;
  }

  void keep(std::string name, StampedObject bytes) {
    LoadCheck check(bytes);
    for (std::string& symbol : check.definitions())
      defined_.insert(std::move(symbol));
    program_.files.push_back({std::move(name), std::move(bytes)});
  }

  ObjectCompiler& compiler_;
  const Signatures signatures_;
  ManifestContents contents_;
  ProgramObjects program_;
  std::set<std::string> defined_; ///< by the kernel, as a function's stub, or by an object
};

} // namespace

Expected<ProgramObjects> compile_program(std::shared_ptr<const ModuleSource> source, const PackOptions& options) {
  Expected<std::unique_ptr<ObjectCompiler>> compiler = ObjectCompiler::create(source);
  if (!compiler) return compiler.takeError();
  Expected<std::map<std::string, FunctionSignature>> signatures = function_signatures(*source);
  if (!signatures) return signatures.takeError();
  ProgramBuilder builder(**compiler, std::move(*signatures), options);
  if (Error error = builder.add_data()) return error;
  for (const FunctionEntry& entry : (*compiler)->index().functions)
    if (Error error = builder.add_function(entry)) return error;
  if (!options.allow_undefined)
    if (Error error = builder.check_imports()) return error;
  return builder.finish();
}

} // namespace ajit
