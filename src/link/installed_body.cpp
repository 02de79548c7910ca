#include "installed_body.h"
#include "error.h"
#include "log.h"

namespace ajit {

InstalledObject::~InstalledObject() {
  if (tracker_->isDefunct()) return;
  if (llvm::Error error = tracker_->remove()) log_warning("link", "cannot free code: {}", one_line(std::move(error)));
}

} // namespace ajit
