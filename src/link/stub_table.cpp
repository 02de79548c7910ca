#include "stub_table.h"
#include "frame_record.h"
#include "pc_map.h"
#include "runtime_entry.h"

#include <cstring>

namespace ajit {
namespace {

/// Writes machine code through the linker's writable view for the address where it will run.
class CodeWriter {
public:
  CodeWriter(const Slab& slab, const std::byte* address) : at_(slab.writable(address)), address_(address) {}

  CodeWriter& bytes(std::initializer_list<uint8_t> values) {
    for (uint8_t value : values)
      put(&value, 1);
    return *this;
  }
  CodeWriter& value32(uint32_t value) { return put(&value, 4); }
  CodeWriter& value64(uint64_t value) { return put(&value, 8); }
  /// The distance from the end of these four bytes to `target`; the slab's size bounds it.
  CodeWriter& relative(const void* target) {
    return value32(static_cast<uint32_t>(static_cast<const std::byte*>(target) - (address_ + 4)));
  }

private:
  CodeWriter& put(const void* data, std::size_t size) {
    std::memcpy(at_, data, size);
    at_ += size;
    address_ += size;
    return *this;
  }

  std::byte* at_;
  const std::byte* address_;
};

constexpr std::size_t veneer_code_size = 16, veneer_size = veneer_code_size + 16;

// A stub is entered by a call and pushes up to its byte 11; the veneer finds the index above the return address.
constexpr uint8_t stub_depth = 8, stub_push_end = 11, veneer_depth = 16, veneer_push_end = 6;
constexpr FrameRecord stub_frame(stub_depth, stub_push_end), veneer_frame(veneer_depth, veneer_push_end);
constexpr const char* veneer_name = "(runtime entry)";

} // namespace

const void* stub_fde() { return stub_frame.fde(); }

llvm::Expected<StubTable> StubTable::create(Slab& slab, PcMap& map, RuntimeHandler& handler) {
  llvm::Expected<AddressRange> memory = slab.allocate(Region::code, veneer_size);
  if (!memory) return memory.takeError();
  std::byte* veneer = memory->start;
  CodeWriter(slab, veneer)
      .bytes({0xff, 0x35})
      .relative(veneer + veneer_code_size) // push handler(%rip)
      .bytes({0xff, 0x25})
      .relative(veneer + veneer_code_size + 8) // jmp *entry(%rip)
      .bytes({0xcc, 0xcc, 0xcc, 0xcc})
      .value64(reinterpret_cast<uintptr_t>(&handler))
      .value64(reinterpret_cast<uintptr_t>(&ajit_runtime_entry));
  CodeLabel label;
  label.kind = CodeKind::trampoline;
  auto known = map.add(*memory, label, veneer_name, veneer_frame.fde());
  if (!known) return known.takeError();
  prepare_runtime_entry();
  return StubTable(slab, map, veneer);
}

void StubTable::write_stub(std::byte* stub, FunctionId function) const {
  CodeWriter(slab_, stub)
      .bytes({0xff, 0x25})
      .relative(&slab_.slot(function))
      .bytes({0x68})
      .value32(index_of(function))
      .bytes({0xe9})
      .relative(veneer_);
}

AssembledCode StubTable::veneer() const {
  return {{veneer_, veneer_code_size}, veneer_depth, veneer_push_end, CodeKind::trampoline, {veneer_name}};
}

AssembledCode StubTable::describe(FunctionId first, std::vector<std::string> names, bool has_debug_info) const {
  const AddressRange code{slab_.stub(first), names.size() * Slab::stub_size};
  return {code, stub_depth, stub_push_end, CodeKind::stub, std::move(names), has_debug_info};
}

llvm::Error StubTable::make(FunctionId first, uint32_t count) {
  if (llvm::Error error = slab_.make_functions(index_of(first) + count)) return error;
  for (uint32_t index = index_of(first); index != index_of(first) + count; ++index) {
    write_stub(slab_.stub(FunctionId{index}), FunctionId{index});
    route_to_runtime(FunctionId{index});
  }
  return llvm::Error::success();
}

llvm::Expected<std::byte*> StubTable::make_with_data(FunctionId function, std::size_t prefix, std::size_t prologue) {
  const std::size_t before = (prefix + Slab::code_alignment - 1) / Slab::code_alignment * Slab::code_alignment;
  llvm::Expected<AddressRange> memory = slab_.allocate(Region::code, before + prologue + Slab::stub_size);
  if (!memory) return memory.takeError();
  std::byte* address = memory->start + before;
  write_stub(address + prologue, function);
  CodeLabel label;
  label.kind = CodeKind::trampoline;
  auto known = map_.add({address, prologue + Slab::stub_size}, label, "stub", stub_fde());
  if (!known) return known.takeError();
  MutexLock lock(apart_->mutex);
  apart_->stubs[function] = address;
  apart_->any.store(true, std::memory_order_release);
  return address - prefix;
}

void StubTable::fill(std::byte* place, const void* data, std::size_t size) const {
  std::memcpy(slab_.writable(place), data, size);
}

std::byte* StubTable::Apart::find(const Slab& slab, FunctionId function) const {
  MutexLock lock(mutex);
  auto stub = stubs.find(function);
  return stub != stubs.end() ? stub->second : slab.stub(function);
}

} // namespace ajit
