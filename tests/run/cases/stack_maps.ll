; A managed language's run-time system reads the stack maps that LLVM wrote for statepoints, stackmaps and patchpoints:
; how many functions and records there are, and where a value lies in a frame.
target triple = "x86_64-pc-linux-gnu"
@__LLVM_StackMaps = external constant i8
@f = private constant [42 x i8] c"version %d functions %d records %d: %lld\0A\00"
@result = private constant [4 x i8] c"%d\0A\00"
declare i32 @printf(ptr, ...)
declare token @llvm.experimental.gc.statepoint.p0(i64 immarg, i32 immarg, ptr, i32 immarg, i32 immarg, ...)
declare ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token, i32 immarg, i32 immarg)
declare i32 @llvm.experimental.gc.result.i32(token)
declare void @llvm.experimental.stackmap(i64, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)

define i32 @poll(i32 %x) noinline {
  %y = add i32 %x, 1
  ret i32 %y
}

define i32 @managed(ptr addrspace(1) %o, i32 %n) noinline gc "statepoint-example" {
  %t = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 7, i32 0, ptr elementtype(i32 (i32)) @poll, i32 1, i32 0, i32 %n, i32 0, i32 0) ["gc-live"(ptr addrspace(1) %o)]
  %r = call i32 @llvm.experimental.gc.result.i32(token %t)
  %o2 = call ptr addrspace(1) @llvm.experimental.gc.relocate.p1(token %t, i32 0, i32 0)
  %v = load i32, ptr addrspace(1) %o2
  %s = add i32 %v, %r
  ret i32 %s
}

define i64 @mapped(i64 %x) noinline {
  %y = mul i64 %x, 3
  call void (i64, i32, ...) @llvm.experimental.stackmap(i64 8, i32 0, i64 %y)
  %z = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 9, i32 15, ptr null, i32 1, i64 %y, i64 %x)
  ret i64 %y
}

define void @show(i32 %sum) noinline {
  %v = load i8, ptr @__LLVM_StackMaps
  %vz = zext i8 %v to i32
  %np = getelementptr i8, ptr @__LLVM_StackMaps, i64 4
  %n = load i32, ptr %np
  %rp = getelementptr i8, ptr @__LLVM_StackMaps, i64 12
  %k = load i32, ptr %rp
  %cp = getelementptr i8, ptr @__LLVM_StackMaps, i64 32
  %count = load i64, ptr %cp
  call i32 (ptr, ...) @printf(ptr @f, i32 %vz, i32 %n, i32 %k, i64 %count)
  call i32 (ptr, ...) @printf(ptr @result, i32 %sum)
  ret void
}

define i32 @main() {
entry:
  %cell = alloca i32
  store i32 40, ptr %cell
  %g = addrspacecast ptr %cell to ptr addrspace(1)
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %j, %loop ]
  %s = phi i32 [ 0, %entry ], [ %u, %loop ]
  %r = call i32 @managed(ptr addrspace(1) %g, i32 %i)
  %w = zext i32 %i to i64
  %m = call i64 @mapped(i64 %w)
  %m32 = trunc i64 %m to i32
  %t = add i32 %s, %r
  %u = add i32 %t, %m32
  %j = add i32 %i, 1
  %c = icmp slt i32 %j, 60
  br i1 %c, label %loop, label %done
done:
  call void @show(i32 %u)
  ret i32 0
}
