; Local names that begin like an assembler's private labels, which do not survive
; in the object's symbol table. Old front ends emit such names.
target triple = "x86_64-pc-linux-gnu"

@.LC0 = internal constant [4 x i8] c"%d\0A\00"
@.Lcount = internal global i32 5
@table = global [2 x ptr] [ptr @.Lcount, ptr @.Ltwice]

declare i32 @printf(ptr, ...)

define internal i32 @.Ltwice(i32 %x) noinline {
  %y = shl i32 %x, 1
  ret i32 %y
}

define i32 @main() {
  %count = load i32, ptr @.Lcount
  %a = call i32 @.Ltwice(i32 %count)
  %slot = getelementptr [2 x ptr], ptr @table, i64 0, i64 1
  %f = load ptr, ptr %slot
  %b = call i32 %f(i32 %a)
  %same = icmp eq ptr %f, @.Ltwice
  %c = zext i1 %same to i32
  call i32 (ptr, ...) @printf(ptr @.LC0, i32 %b)
  call i32 (ptr, ...) @printf(ptr @.LC0, i32 %c)
  ret i32 0
}
