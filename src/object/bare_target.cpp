#include "bare_target.h"
#include "error.h"
#include "module_source.h"

#include <formats/object_stamp.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

using namespace llvm;

namespace ajit {

TargetSpec bare_target() {
  TargetSpec spec;
  spec.triple = OBJECT_STAMP_TRIPLE;
  spec.cpu = "pentium4"; // the bitcode may name others, but the kernel runs on this one
  spec.position_independent = false;
  return spec;
}

Error check_bare_module(const ModuleSource& source) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module = getLazyBitcodeModule(source.bitcode(), context);
  if (!module) return make_error("cannot read module: {}: {}", source.name(), one_line(module.takeError()));
  const std::string& triple = (*module)->getTargetTriple();
  if (Triple(triple).getArch() != Triple::x86)
    return make_error("wrong architecture: {}: compiled for {}, the kernel runs {}", source.name(),
                      triple.empty() ? "no target" : triple, OBJECT_STAMP_TRIPLE);
  for (const GlobalObject& object : (*module)->global_objects())
    if (object.getSection() == OBJECT_STAMP_SECTION)
      return make_typed<Refused>("reserved section: {}: {} is in {}, which holds the stamps of objects", source.name(),
                                 std::string_view(object.getName()), OBJECT_STAMP_SECTION);
  const std::string& layout = (*module)->getDataLayoutStr();
  if (layout != OBJECT_STAMP_DATA_LAYOUT)
    return make_error("wrong data layout: {}: {}, the kernel's is {}", source.name(), layout, OBJECT_STAMP_DATA_LAYOUT);
  return Error::success();
}

} // namespace ajit
