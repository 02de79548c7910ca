#include "clock.h"

namespace ajit {
namespace {
const SteadyClock::time_point process_start = SteadyClock::now();
}

double uptime_ms() { return milliseconds(process_start, SteadyClock::now()); }

} // namespace ajit
