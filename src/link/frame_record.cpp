#include "frame_record.h"

namespace ajit {

const void* frameless_fde() {
  static constexpr FrameRecord record(8, 16);
  return record.fde();
}

} // namespace ajit
