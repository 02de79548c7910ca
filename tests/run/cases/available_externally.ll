; LLVM may inline an available_externally body but must not emit it: calls that
; are not inlined reach the C library's own function.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [7 x i8] c"%d %d\0A\00"

declare i32 @printf(ptr, ...)

define available_externally i32 @abs(i32 %x) {
  %negative = icmp slt i32 %x, 0
  %minus = sub i32 0, %x
  %result = select i1 %negative, i32 %minus, i32 %x
  ret i32 %result
}

define i32 @twice(i32 %x) noinline {
  %a = call i32 @abs(i32 %x)
  %r = mul i32 %a, 2
  ret i32 %r
}

define i32 @main() {
  %pointer = load volatile ptr, ptr @abs_pointer
  %a = call i32 @twice(i32 -21)
  %b = call i32 %pointer(i32 -7)
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b)
  ret i32 0
}

@abs_pointer = global ptr @abs
