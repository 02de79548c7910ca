; A thunk that forwards variable arguments by a musttail call, as compilers
; emit for covariant results: inserted code must preserve every register.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [13 x i8] c"%d %g %s %d\0A\00"
@text = private constant [5 x i8] c"text\00"

declare i32 @printf(ptr, ...)

define i32 @thunk(ptr %format, ...) {
  %result = musttail call i32 (ptr, ...) @printf(ptr %format, ...)
  ret i32 %result
}

define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %n = call i32 (ptr, ...) @thunk(ptr @format, i32 %i, double 2.5, ptr @text, i32 99)
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 6
  br i1 %more, label %loop, label %done
done:
  ret i32 %n
}
