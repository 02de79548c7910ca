#include "clock.h"

namespace ajit {
namespace {
const SteadyClock::time_point process_start = SteadyClock::now();
const uint64_t start_cycles = read_cycles();
} // namespace

double uptime_ms() { return milliseconds(process_start, SteadyClock::now()); }

double cycles_per_ms() { return static_cast<double>(read_cycles() - start_cycles) / uptime_ms(); }

} // namespace ajit
