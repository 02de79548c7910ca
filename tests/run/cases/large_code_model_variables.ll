; Variables with the large code model, or in sections that it uses, among usual ones.
target triple = "x86_64-pc-linux-gnu"

@zero = internal global i32 0, code_model "large"
@table = dso_local global [3 x i32] [i32 1, i32 2, i32 3], code_model "large"
@constant = internal constant [3 x i32] [i32 4, i32 5, i32 6], code_model "large"
@placed = dso_local global i32 7, section ".ldata.mine"
@pointers = internal constant [3 x ptr] [ptr @zero, ptr getelementptr (i8, ptr @table, i64 8), ptr @placed]
@format = internal constant [13 x i8] c"%d %d %d %d\0A\00"

declare i32 @printf(ptr, ...)

define internal i32 @touch(i32 %i) noinline {
  %z = load i32, ptr @zero
  %z2 = add i32 %z, %i
  store i32 %z2, ptr @zero
  %p = load i32, ptr @placed
  %p2 = add i32 %p, 1
  store i32 %p2, ptr @placed
  %at = urem i32 %i, 3
  %place = getelementptr [3 x i32], ptr @table, i32 0, i32 %at
  %t = load i32, ptr %place
  %t2 = add i32 %t, %p
  store i32 %t2, ptr %place
  %c.place = getelementptr [3 x i32], ptr @constant, i32 0, i32 %at
  %c = load i32, ptr %c.place
  %pointer.place = getelementptr [3 x ptr], ptr @pointers, i32 0, i32 %at
  %pointer = load ptr, ptr %pointer.place
  %v = load i32, ptr %pointer
  %s = add i32 %t2, %c
  %s2 = add i32 %s, %v
  ret i32 %s2
}

define i32 @main() {
entry:
  br label %loop

loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i32 [ 0, %entry ], [ %sum2, %loop ]
  %v = call i32 @touch(i32 %i)
  %tripled = mul i32 %sum, 3
  %sum2 = add i32 %tripled, %v
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 300
  br i1 %more, label %loop, label %end

end:
  %z = load i32, ptr @zero
  %p = load i32, ptr @placed
  %t = load i32, ptr getelementptr (i8, ptr @table, i64 4)
  %r = call i32 (ptr, ...) @printf(ptr @format, i32 %sum2, i32 %z, i32 %p, i32 %t)
  ret i32 0
}
