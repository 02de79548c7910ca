//===- globals_mapper.h - Declares in a unit what its bodies refer to ---------------------------------------------===//
#pragma once

#include <llvm/Transforms/Utils/ValueMapper.h>
#include <memory>

namespace llvm {
class Function;
class GlobalVariable;
class Module;
} // namespace llvm

namespace ajit {

/// An empty module in `like`'s context with its data layout, triple and those module flags that code generation reads.
std::unique_ptr<llvm::Module> new_unit_module(const llvm::Module& like, llvm::StringRef name);

/// Maps globals of a module copy to declarations of the same name in a unit, made on first use. With `import_constants`
/// small constant globals bring their initialisers along (`available_externally`), so that loads from them fold.
class GlobalsMapper final : public llvm::ValueMaterializer {
public:
  GlobalsMapper(llvm::Module& unit, bool import_constants) : unit_(unit), import_constants_(import_constants) {}

  llvm::Value* materialize(llvm::Value* value) override;

  llvm::Function* declare(llvm::Function& function);
  llvm::GlobalVariable* declare(llvm::GlobalVariable& variable);

  /// A definition of `variable` that only this unit sees; its initialiser follows with copy_initializer().
  llvm::GlobalVariable* private_copy(llvm::GlobalVariable& variable);

  /// Gives the unit's counterpart of `variable` its initialiser. `map` holds the counterpart if private_copy() made it.
  void copy_initializer(llvm::GlobalVariable& variable, llvm::ValueToValueMapTy& map);

private:
  llvm::Module& unit_;
  bool import_constants_;
};

} // namespace ajit
