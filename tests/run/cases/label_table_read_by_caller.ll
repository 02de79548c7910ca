; An interpreter that hands its labels out, after two rounds of optimisation: the caller now copies the table. The table
; still has the function's name, but the function no longer reads it. When the engine compiles the caller, it does not
; know whether the function will ever be called.
@jump.table = internal constant [3 x ptr] [ptr blockaddress(@jump, %more), ptr blockaddress(@jump, %less), ptr blockaddress(@jump, %end)]
@handed_out = global [3 x ptr] zeroinitializer
@code = constant [6 x i8] c"\00\00\01\00\00\02"
@text = private constant [4 x i8] c"%d\0A\00"

define internal i32 @jump(ptr %code) noinline {
entry:
  br label %dispatch
dispatch:
  %at = phi ptr [%code, %entry], [%next, %more], [%next, %less]
  %value = phi i32 [0, %entry], [%up, %more], [%down, %less]
  %op = load i8, ptr %at
  %next = getelementptr i8, ptr %at, i64 1
  %index = zext i8 %op to i64
  %slot = getelementptr [3 x ptr], ptr @handed_out, i64 0, i64 %index
  %target = load ptr, ptr %slot
  indirectbr ptr %target, [label %more, label %less, label %end]
more:
  %up = add i32 %value, 3
  br label %dispatch
less:
  %down = sub i32 %value, 1
  br label %dispatch
end:
  ret i32 %value
}

define i32 @main(i32 %arguments) {
entry:
  br label %copy
copy:
  %i = phi i64 [0, %entry], [%next, %copy]
  %from = getelementptr [3 x ptr], ptr @jump.table, i64 0, i64 %i
  %label = load ptr, ptr %from
  %to = getelementptr [3 x ptr], ptr @handed_out, i64 0, i64 %i
  store ptr %label, ptr %to
  %next = add i64 %i, 1
  %go = icmp ult i64 %next, 3
  br i1 %go, label %copy, label %copied
copied:
  %few = icmp slt i32 %arguments, 100
  br i1 %few, label %loop, label %many
many:
  ret i32 1
loop:
  %round = phi i32 [0, %copied], [%round1, %loop]
  %sum = phi i32 [0, %copied], [%sum1, %loop]
  %value = call i32 @jump(ptr @code)
  %sum1 = add i32 %sum, %value
  %round1 = add i32 %round, 1
  %again = icmp ult i32 %round1, 200
  br i1 %again, label %loop, label %end
end:
  call i32 (ptr, ...) @printf(ptr @text, i32 %sum1)
  ret i32 0
}

declare i32 @printf(ptr, ...)
