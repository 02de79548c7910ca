// Locals aligned beyond the stack's 16 bytes: the function realigns its frame,
// also with an exception and with a frame of dynamic size.
#include <cstdint>
#include <cstdio>

template <int Align> __attribute__((noinline)) static unsigned check(int depth) {
  alignas(Align) unsigned char buffer[Align];
  int extra[depth + 1];
  buffer[0] = static_cast<unsigned char>(depth), extra[depth] = depth;
  unsigned bad = reinterpret_cast<std::uintptr_t>(buffer) % Align != 0;
  if (depth == 0) throw static_cast<int>(bad);
  try {
    bad += check<Align>(depth - 1);
  } catch (int deeper) {
    bad += static_cast<unsigned>(deeper);
  }
  return bad + (buffer[0] != depth) + (extra[depth] != depth);
}

int main() {
  for (int depth = 1; depth < 6; depth++)
    std::printf("%u %u %u\n", check<32>(depth), check<64>(depth), check<4096>(depth));
}
