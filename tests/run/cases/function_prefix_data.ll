; Data before a function's address (prefix) and at it (prologue, which executes): a caller that has only a pointer reads
; them, in every tier of the function. One of them is an address.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [15 x i8] c"%d %d %s %d %d\00"
@newline = private constant [2 x i8] c"\0A\00"
@text = private constant [6 x i8] c"named\00"
@table = internal global [3 x ptr] [ptr @plus, ptr @times, ptr @named]

declare i32 @printf(ptr, ...)

define internal i32 @plus(i32 %x) noinline prefix i32 100 {
  %y = add i32 %x, 1
  ret i32 %y
}
define i32 @times(i32 %x) noinline prefix <{ [13 x i8], i32 }> <{ [13 x i8] zeroinitializer, i32 200 }> {
  %y = mul i32 %x, 3
  ret i32 %y
}
define internal i32 @named(i32 %x) noinline prefix { ptr, i64, i32 } { ptr @text, i64 -1, i32 300 } prologue <{ i8, i8, i32 }> <{ i8 235, i8 4, i32 7 }> {
  %again = icmp sgt i32 %x, 1000
  br i1 %again, label %more, label %done
more:
  %less = sub i32 %x, 1000
  %deep = call i32 @named(i32 %less)
  ret i32 %deep
done:
  %y = sub i32 %x, 5
  ret i32 %y
}

define internal i32 @identity_of(ptr %function, i64 %back) noinline {
  %at = getelementptr i8, ptr %function, i64 %back
  %identity = load i32, ptr %at, align 1
  ret i32 %identity
}

define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i32 [ 0, %entry ], [ %total, %loop ]
  %which = urem i32 %i, 3
  %slot = getelementptr [3 x ptr], ptr @table, i64 0, i32 %which
  %function = load ptr, ptr %slot
  %back = select i1 false, i64 0, i64 -4
  %last = icmp eq i32 %which, 2
  %where = select i1 %last, i64 -8, i64 %back
  %identity = call i32 @identity_of(ptr %function, i64 %where)
  %result = call i32 %function(i32 %i)
  %part = add i32 %identity, %result
  %mixed = mul i32 %sum, 7
  %total = add i32 %mixed, %part
  %next = add i32 %i, 1
  %again = icmp slt i32 %next, 600
  br i1 %again, label %loop, label %done
done:
  %inside = getelementptr i8, ptr @named, i64 2
  %seven = load i32, ptr %inside, align 1
  %before = getelementptr i8, ptr @named, i64 -24
  %name = load ptr, ptr %before, align 1
  %direct = call i32 @named(i32 3500)
  %own = call i32 @identity_of(ptr @plus, i64 -4)
  call i32 (ptr, ...) @printf(ptr @format, i32 %total, i32 %seven, ptr %name, i32 %direct, i32 %own)
  call i32 (ptr, ...) @printf(ptr @newline)
  ret i32 0
}
