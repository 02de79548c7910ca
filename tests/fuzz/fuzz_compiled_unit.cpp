// Fuzzes the reader of compiled units. The target corrects the digest, so that mutations get past it. A unit that the
// reader accepts must be the same after it is written and read again.
#include "error.h"
#include "unit_bytes.h"

#include "fuzz_check.h"

namespace {

void read(llvm::StringRef bytes) {
  llvm::Expected<ajit::CompiledUnit> unit = ajit::read_unit(bytes);
  if (!unit) {
    FUZZ_CHECK(unit.errorIsA<ajit::Malformed>());
    FUZZ_CHECK(!ajit::one_line(unit.takeError()).empty());
    return;
  }
  const llvm::SmallVector<char, 0> again = ajit::write_unit(*unit);
  FUZZ_CHECK(llvm::StringRef(again.data(), again.size()) == bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* begin = reinterpret_cast<const char*>(data);
  read({begin, size});
  llvm::SmallVector<char, 0> sealed(begin, begin + size);
  ajit::seal_unit(sealed);
  read({sealed.data(), sealed.size()});
  return 0;
}
