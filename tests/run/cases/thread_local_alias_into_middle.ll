; Second names for a thread-local variable and for a place in the middle of one.
target triple = "x86_64-pc-linux-gnu"
@format = private constant [13 x i8] c"%d %d %d %d\0A\00"
@table = thread_local global [4 x i32] [i32 10, i32 20, i32 30, i32 40]
@third = thread_local alias i32, getelementptr ([4 x i32], ptr @table, i64 0, i64 2)
@whole = thread_local alias [4 x i32], ptr @table
@last = internal thread_local alias i32, getelementptr (i8, ptr @third, i64 4)
declare i32 @printf(ptr, ...)
declare ptr @llvm.threadlocal.address.p0(ptr)

define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %j, %loop ]
  %p = call ptr @llvm.threadlocal.address.p0(ptr @third)
  %v = load i32, ptr %p
  %w = add i32 %v, %i
  store i32 %w, ptr %p
  %j = add i32 %i, 1
  %more = icmp slt i32 %j, 100
  br i1 %more, label %loop, label %done
done:
  %q = call ptr @llvm.threadlocal.address.p0(ptr @table)
  %at = getelementptr i32, ptr %q, i64 2
  %a = load i32, ptr %at
  %b = load i32, ptr %p
  %r = call ptr @llvm.threadlocal.address.p0(ptr @whole)
  %c = load i32, ptr %r
  %s = call ptr @llvm.threadlocal.address.p0(ptr @last)
  %d = load i32, ptr %s
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i32 %d)
  ret i32 0
}
