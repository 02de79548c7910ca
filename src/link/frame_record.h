//===- frame_record.h - Unwind information for code that is assembled by hand ------------------------------------===//
//
// Stubs and similar code are a jump or two. A signal can still arrive in them, and a backtrace from its handler must go
// on to the caller. So they need a frame description entry (FDE) like any function. One entry serves all code of one
// shape, since the unwinder takes the start of the code from the lookup's answer and not from the entry.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace ajit {

/// A CIE and an FDE as .eh_frame holds them, for x86-64. The object must live as long as its fde() is in use.
///
/// They describe code in units of 16 bytes, aligned to 16. On entry to a unit the return address is a given number of
/// bytes above rsp. The unit pushes at most one word and changes no register but rsp. The canonical frame address
/// depends on the offset of the instruction pointer in its unit, as in the PLT of every executable.
class FrameRecord {
public:
  /// `depth`: bytes from rsp on entry to just above the return address; 8 if the code before pushed nothing.
  /// `push_end`: offset of the instruction after the push, below 16; 16 if the code pushes nothing.
  constexpr FrameRecord(uint8_t depth, uint8_t push_end) {
    bytes_[depth_at] = depth;
    bytes_[push_end_at] = static_cast<uint8_t>(lit0 + push_end);
  }

  const void* fde() const { return &bytes_[fde_at]; }

private:
  static constexpr uint8_t lit0 = 0x30; // DW_OP_lit0
  static constexpr int depth_at = 22;
  static constexpr int push_end_at = 27;
  static constexpr int fde_at = 40;

  // clang-format off
  alignas(8) uint8_t bytes_[64] = {
      36, 0, 0, 0, 0, 0, 0, 0, // CIE: its length, its id
      1, 'z', 'R', 0,          // version, augmentation
      1, 0x78, 16,             // code alignment 1, data alignment -8, return address in column 16
      1, 0x1b,                 // augmentation data: the FDE's addresses are pc-relative, 4 bytes
      0x90, 1,                 // DW_CFA_offset return address, 1 * -8
      0x0f, 11,                // DW_CFA_def_cfa_expression of 11 bytes
      0x77, 0,                 //   rsp + depth
      0x80, 0, 0x3f, 0x1a,     //   rip & 15
      0, 0x2a,                 //   >= push_end
      0x33, 0x24, 0x22,        //   << 3, +
      0, 0, 0, 0, 0, 0, 0, 0,  // DW_CFA_nop
      16, 0, 0, 0, 44, 0, 0, 0, // FDE: its length, distance from this field to the CIE
      0, 0, 0, 0, 0, 0, 0, 0,   // start and size
      0, 0, 0, 0,               // no augmentation data, DW_CFA_nop
      0, 0, 0, 0};              // end
  // clang-format on
};

/// For code that pushes nothing and is entered by a call: jumps.
const void* frameless_fde();

} // namespace ajit
