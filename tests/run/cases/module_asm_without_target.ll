; Module-level assembly in a module that does not say which machine it is for,
; as hand-written and tool-made IR often does not.
module asm ".data"
module asm ".globl asm_value"
module asm "asm_value: .long 42"

@asm_value = external global i32

define i32 @main() {
  %value = load i32, ptr @asm_value
  ret i32 %value
}
