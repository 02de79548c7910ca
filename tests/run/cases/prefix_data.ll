; Prefix data lies just before the address of a function and is read through
; its pointer, so the address must be that of the real thing.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [7 x i8] c"%d %d\0A\00"
@pointer = global ptr @tagged

declare i32 @printf(ptr, ...)

define i32 @tagged(i32 %x) noinline prefix i32 4711 {
  %r = add i32 %x, 1
  ret i32 %r
}

define i32 @main() {
  %f = load volatile ptr, ptr @pointer
  %tag_address = getelementptr i32, ptr %f, i64 -1
  %tag = load i32, ptr %tag_address
  %r = call i32 %f(i32 41)
  call i32 (ptr, ...) @printf(ptr @format, i32 %tag, i32 %r)
  ret i32 0
}
