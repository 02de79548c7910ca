#include "error.h"

#include <algorithm>

namespace ajit {

llvm::Error make_error(std::string text) {
  return llvm::make_error<llvm::StringError>(std::move(text), llvm::inconvertibleErrorCode());
}

std::string one_line(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

} // namespace ajit
