#include "first_bodies.h"
#include "tier_manager.h"

namespace ajit {

void FirstBodies::prepare(FunctionId id) {
  enum : uint8_t { unknown, under_way, known };
  std::atomic<uint8_t>& state = program_.record(id).prepared;
  uint8_t seen = unknown;
  if (state.compare_exchange_strong(seen, under_way, std::memory_order_acq_rel)) {
    tiers_.prepare(id);
    state.store(known, std::memory_order_release);
    state.notify_all();
    return;
  }
  while (seen != known) {
    state.wait(under_way, std::memory_order_acquire);
    seen = state.load(std::memory_order_acquire);
  }
}

Claim::~Claim() {
  if (bodies_) bodies_->leave(id_, FirstBody::none);
}

void Claim::fulfil() { std::exchange(bodies_, nullptr)->leave(id_, FirstBody::ready); }

std::optional<Claim> FirstBodies::claim(FunctionId id) {
  FirstBody expected = FirstBody::none;
  if (!program_.record(id).first.compare_exchange_strong(expected, FirstBody::compiling, std::memory_order_acq_rel))
    return std::nullopt;
  return Claim(*this, id);
}

void FirstBodies::give_up_all() {
  for (uint32_t index = 0; index != program_.function_count(); ++index) {
    std::atomic<FirstBody>& first = program_.record(FunctionId{index}).first;
    // Looks first: a write would copy a page that the child shares with its parent.
    if (first.load(std::memory_order_relaxed) == FirstBody::compiling)
      first.store(FirstBody::none, std::memory_order_relaxed);
  }
}

void FirstBodies::leave(FunctionId id, FirstBody state) {
  std::atomic<FirstBody>& first = program_.record(id).first;
  first.store(state, std::memory_order_release);
  first.notify_all();
}

} // namespace ajit
