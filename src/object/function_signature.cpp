#include "function_signature.h"
#include "error.h"
#include "module_source.h"

#include <formats/manifest.h>
#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <optional>

using namespace llvm;

namespace ajit {
namespace {

/// Whether the source declares the type unsigned, or nothing if the debug information does not say. `position` 0 is the
/// result.
std::optional<bool> is_unsigned_in_source(const Function& function, unsigned position) {
  const DISubprogram* subprogram = function.getSubprogram();
  if (!subprogram || !subprogram->getType()) return std::nullopt;
  DITypeRefArray types = subprogram->getType()->getTypeArray();
  if (position >= types.size()) return std::nullopt;
  const DIType* type = types[position];
  while (auto* derived = dyn_cast_or_null<DIDerivedType>(type))
    type = derived->getBaseType();
  auto* basic = dyn_cast_or_null<DIBasicType>(type);
  if (!basic) return std::nullopt;
  switch (basic->getEncoding()) {
  case dwarf::DW_ATE_unsigned:
  case dwarf::DW_ATE_unsigned_char:
  case dwarf::DW_ATE_boolean:
  case dwarf::DW_ATE_UTF:
    return true;
  case dwarf::DW_ATE_signed:
  case dwarf::DW_ATE_signed_char:
    return false;
  default:
    return std::nullopt;
  }
}

std::optional<unsigned> integer_type(unsigned bits, bool is_unsigned) {
  switch (bits) {
  case 1:
    return MANIFEST_BOOL;
  case 8:
    return is_unsigned ? MANIFEST_U8 : MANIFEST_I8;
  case 16:
    return is_unsigned ? MANIFEST_U16 : MANIFEST_I16;
  case 32:
    return is_unsigned ? MANIFEST_U32 : MANIFEST_I32;
  case 64:
    return is_unsigned ? MANIFEST_U64 : MANIFEST_I64;
  default:
    return std::nullopt;
  }
}

/// The manifest's type of the result (position 0) or of argument `position` - 1.
std::optional<unsigned> manifest_type_of(const Function& function, Type* type, unsigned position) {
  if (type->isVoidTy()) return MANIFEST_VOID;
  if (type->isFloatTy()) return MANIFEST_F32;
  if (type->isDoubleTy()) return MANIFEST_F64;
  if (type->isPointerTy()) return MANIFEST_PTR;
  if (!type->isIntegerTy()) return std::nullopt;
  AttributeSet attributes =
      position == 0 ? function.getAttributes().getRetAttrs() : function.getAttributes().getParamAttrs(position - 1);
  bool extended = attributes.hasAttribute(Attribute::ZExt);
  return integer_type(type->getIntegerBitWidth(), is_unsigned_in_source(function, position).value_or(extended));
}

/// Whether the caller puts the arguments on the stack one after another, as in the plain C convention.
bool has_plain_arguments(const Function& function) {
  if (function.isVarArg() || function.arg_size() > MANIFEST_MAX_ARGUMENTS) return false;
  for (const Argument& argument : function.args())
    if (argument.hasByValAttr() || argument.hasStructRetAttr() || argument.hasInRegAttr() || argument.hasNestAttr() ||
        argument.hasInAllocaAttr() || argument.hasSwiftSelfAttr())
      return false;
  return true;
}

std::string text_of(const Function& function) {
  if (!has_plain_arguments(function)) return "-";
  std::optional<unsigned> result = manifest_type_of(function, function.getReturnType(), 0);
  if (!result) return "-";
  std::string text = manifest_type_name(*result) + std::string("(");
  for (const Argument& argument : function.args()) {
    std::optional<unsigned> type = manifest_type_of(function, argument.getType(), argument.getArgNo() + 1);
    if (!type) return "-";
    if (argument.getArgNo() > 0) text += ',';
    text += manifest_type_name(*type);
  }
  return text + ")";
}

} // namespace

FunctionSignature function_signature(const Function& function) {
  FunctionSignature signature{text_of(function)};
  if (function.hasStructRetAttr()) signature.flags |= MANIFEST_SRET;
  if (function.getReturnType()->isFloatingPointTy()) signature.flags |= MANIFEST_X87;
  if (function.isVarArg()) signature.flags |= MANIFEST_VARIADIC;
  return signature;
}

Expected<std::map<std::string, FunctionSignature>> function_signatures(const ModuleSource& source) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module = parseBitcodeFile(source.bitcode(), context);
  if (!module) return make_error("cannot read module: {}: {}", source.name(), one_line(module.takeError()));
  std::map<std::string, FunctionSignature> signatures;
  for (const Function& function : **module)
    signatures[function.getName().str()] = function_signature(function);
  return signatures;
}

} // namespace ajit
