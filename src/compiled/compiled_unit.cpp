#include "compiled_unit.h"
#include "error.h"

#include <llvm/BinaryFormat/Magic.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Object/ObjectFile.h>

using namespace llvm;

namespace ajit {
namespace {

Error add_symbol(const object::ELFSymbolRef& symbol, UnitSymbols& symbols) {
  Expected<uint32_t> flags = symbol.getFlags();
  if (!flags) return flags.takeError();
  if (*flags & object::SymbolRef::SF_FormatSpecific || symbol.getBinding() == ELF::STB_LOCAL) return Error::success();
  Expected<StringRef> name = symbol.getName();
  if (!name) return name.takeError();
  const bool undefined = *flags & object::SymbolRef::SF_Undefined;
  (undefined ? symbols.needed : symbols.defined).push_back(name->str());
  return Error::success();
}

Expected<UnitSymbols> read_symbols(MemoryBufferRef bytes) {
  if (identify_magic(bytes.getBuffer()) != file_magic::elf_relocatable)
    return make_error("it is not a relocatable ELF file");
  Expected<std::unique_ptr<object::ObjectFile>> file = object::ObjectFile::createELFObjectFile(bytes);
  if (!file) return file.takeError();
  UnitSymbols symbols;
  for (const object::ELFSymbolRef symbol : cast<object::ELFObjectFileBase>(**file).symbols())
    if (Error error = add_symbol(symbol, symbols)) return error;
  return symbols;
}

} // namespace

Expected<UnitSymbols> symbols_of(const CompiledUnit& unit) {
  if (unit.object.empty()) return UnitSymbols();
  Expected<UnitSymbols> symbols = read_symbols({StringRef(unit.object.data(), unit.object.size()), "unit"});
  if (!symbols) return make_typed<Malformed>("damaged object: {}", one_line(symbols.takeError()));
  return symbols;
}

} // namespace ajit
