; Module-level assembly in a module without a target triple: hand-written and
; generated IR often lacks one.
module asm ".data"
module asm ".globl asm_value"
module asm "asm_value: .long 42"

@asm_value = external global i32

define i32 @main() {
  %value = load i32, ptr @asm_value
  ret i32 %value
}
