; Closures that are passed as plain function pointers, as front ends for Fortran, Ada and D pass them: each one is a few
; instructions on the stack of the function that makes it. In the main thread, in another one, as the callback of a
; library, and recursively.
target triple = "x86_64-pc-linux-gnu"
@format = private constant [10 x i8] c"%s: %lld\0A\00"
@in.main = private constant [5 x i8] c"main\00"
@in.thread = private constant [7 x i8] c"thread\00"
@in.library = private constant [8 x i8] c"library\00"
@in.recursion = private constant [10 x i8] c"recursion\00"
@values = internal global [8 x i32] [i32 5, i32 2, i32 8, i32 1, i32 7, i32 3, i32 6, i32 4]

declare i32 @printf(ptr, ...)
declare void @qsort(ptr, i64, i64, ptr)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
declare void @llvm.init.trampoline(ptr, ptr, ptr)
declare ptr @llvm.adjust.trampoline(ptr)

define internal i64 @scaled(ptr nest %env, i64 %x) noinline {
  %k = load i64, ptr %env
  %r = mul i64 %x, %k
  ret i64 %r
}

define internal i32 @compare(ptr nest %env, ptr %a, ptr %b) noinline {
  %n = load i64, ptr %env
  %m = add i64 %n, 1
  store i64 %m, ptr %env
  %x = load i32, ptr %a
  %y = load i32, ptr %b
  %d = sub i32 %x, %y
  ret i32 %d
}

define i64 @integrate(ptr %g) noinline {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %s = phi i64 [ 0, %entry ], [ %t, %loop ]
  %v = call i64 %g(i64 %i)
  %t = add i64 %s, %v
  %j = add i64 %i, 1
  %c = icmp slt i64 %j, 1000
  br i1 %c, label %loop, label %done
done:
  ret i64 %t
}

define i64 @closure(i64 %k) noinline {
  %env = alloca i64
  store i64 %k, ptr %env
  %code = alloca [32 x i8], align 16
  call void @llvm.init.trampoline(ptr %code, ptr @scaled, ptr %env)
  %p = call ptr @llvm.adjust.trampoline(ptr %code)
  %r = call i64 @integrate(ptr %p)
  ret i64 %r
}

define ptr @thread(ptr %k) {
  %n = ptrtoint ptr %k to i64
  %r = call i64 @closure(i64 %n)
  %p = inttoptr i64 %r to ptr
  ret ptr %p
}

define i64 @nested(ptr %outer, i64 %depth) noinline {
  %env = alloca i64
  %v = call i64 %outer(i64 %depth)
  store i64 %v, ptr %env
  %last = icmp eq i64 %depth, 0
  br i1 %last, label %end, label %deeper
deeper:
  %code = alloca [32 x i8], align 16
  call void @llvm.init.trampoline(ptr %code, ptr @scaled, ptr %env)
  %p = call ptr @llvm.adjust.trampoline(ptr %code)
  %less = sub i64 %depth, 1
  %r = call i64 @nested(ptr %p, i64 %less)
  %sum = add i64 %r, %v
  ret i64 %sum
end:
  ret i64 %v
}

define i64 @twice(i64 %x) {
  %r = shl i64 %x, 1
  ret i64 %r
}

define i32 @main(i32 %argc) {
  %a = zext i32 %argc to i64
  %k = add i64 %a, 2
  %first = call i64 @closure(i64 %k)
  call i32 (ptr, ...) @printf(ptr @format, ptr @in.main, i64 %first)
  %id = alloca i64
  %result = alloca ptr
  %n = inttoptr i64 7 to ptr
  call i32 @pthread_create(ptr %id, ptr null, ptr @thread, ptr %n)
  %t = load i64, ptr %id
  call i32 @pthread_join(i64 %t, ptr %result)
  %second = load i64, ptr %result
  call i32 (ptr, ...) @printf(ptr @format, ptr @in.thread, i64 %second)
  %comparisons = alloca i64
  store i64 0, ptr %comparisons
  %code = alloca [32 x i8], align 16
  call void @llvm.init.trampoline(ptr %code, ptr @compare, ptr %comparisons)
  %by = call ptr @llvm.adjust.trampoline(ptr %code)
  call void @qsort(ptr @values, i64 8, i64 4, ptr %by)
  %made = load i64, ptr %comparisons
  %some = icmp ugt i64 %made, 7
  %some.n = zext i1 %some to i64
  %v = load i32, ptr @values
  %v.n = zext i32 %v to i64
  %third = add i64 %some.n, %v.n
  call i32 (ptr, ...) @printf(ptr @format, ptr @in.library, i64 %third)
  %fourth = call i64 @nested(ptr @twice, i64 5)
  call i32 (ptr, ...) @printf(ptr @format, ptr @in.recursion, i64 %fourth)
  ret i32 0
}
