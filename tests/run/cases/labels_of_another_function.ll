; Functions hold labels of other functions, as every kind of operand; the labels' own functions do not mention them. Two
; functions hold labels of each other.
@where = global [4 x ptr] zeroinitializer
@distance = global i32 0
@shared = constant [2 x ptr] [ptr blockaddress(@run, %add), ptr blockaddress(@run, %triple)]
@text = private constant [13 x i8] c"%d %d %d %d\0A\00"
@programs = constant [3 x [4 x i8]] [[4 x i8] c"\00\01\00\02", [4 x i8] c"\01\01\00\02", [4 x i8] c"\00\03\01\02"]

define i32 @run(ptr %code) noinline {
entry:
  br label %dispatch
dispatch:
  %at = phi ptr [%code, %entry], [%next, %add], [%next, %triple]
  %value = phi i32 [1, %entry], [%more, %add], [%thrice, %triple]
  %op = load i8, ptr %at
  %next = getelementptr i8, ptr %at, i64 1
  %index = zext i8 %op to i64
  %slot = getelementptr [4 x ptr], ptr @where, i64 0, i64 %index
  %target = load ptr, ptr %slot
  indirectbr ptr %target, [label %add, label %triple, label %done]
add:
  %more = add i32 %value, 1
  br label %dispatch
triple:
  %thrice = mul i32 %value, 3
  br label %dispatch
done:
  ret i32 %value
}

; Jumps to a label of its own plus the offset in @distance.
define i32 @far(i32 %x) noinline {
entry:
  %d = load i32, ptr @distance
  %offset = sext i32 %d to i64
  %target = getelementptr i8, ptr blockaddress(@far, %here), i64 %offset
  indirectbr ptr %target, [label %here, label %there]
here:
  %h = add i32 %x, 10
  ret i32 %h
there:
  %t = mul i32 %x, 10
  ret i32 %t
}

define void @keep(i64 %index, ptr %label) noinline {
  %slot = getelementptr [4 x ptr], ptr @where, i64 0, i64 %index
  store ptr %label, ptr %slot
  ret void
}

define ptr @done_label() noinline {
  ret ptr blockaddress(@run, %done)
}

; Small enough to be inlined.
define ptr @label_by_select(i1 %c) {
  %label = select i1 %c, ptr blockaddress(@run, %add), ptr blockaddress(@run, %triple)
  ret ptr %label
}

; A phi with two edges from one block.
define ptr @label_by_phi(i32 %x) noinline {
entry:
  switch i32 %x, label %other [i32 0, label %end
                               i32 1, label %end]
other:
  br label %end
end:
  %label = phi ptr [blockaddress(@run, %add), %entry], [blockaddress(@run, %add), %entry], [blockaddress(@run, %triple), %other]
  ret ptr %label
}

define void @two_at_once() noinline {
  store <2 x ptr> <ptr blockaddress(@run, %triple), ptr blockaddress(@run, %add)>, ptr @where
  ret void
}

define void @out_of_a_table() noinline {
  %add = load ptr, ptr @shared
  call void @keep(i64 0, ptr %add)
  %triple = load ptr, ptr getelementptr ([2 x ptr], ptr @shared, i64 0, i64 1)
  call void @keep(i64 3, ptr %triple)
  ret void
}

define i32 @distances(i1 %c) noinline {
entry:
  br i1 %c, label %near, label %end
near:
  br label %end
end:
  %d = phi i32 [trunc (i64 sub (i64 ptrtoint (ptr blockaddress(@far, %there) to i64), i64 ptrtoint (ptr blockaddress(@far, %here) to i64)) to i32), %entry], [0, %near]
  ret i32 %d
}

define i32 @ping(ptr %to, i32 %x) noinline {
  indirectbr ptr %to, [label %again, label %end]
again:
  %y = call i32 @pong(ptr blockaddress(@pong, %end), i32 %x)
  %z = add i32 %y, 1
  ret i32 %z
end:
  ret i32 %x
}

define i32 @pong(ptr %to, i32 %x) noinline {
  indirectbr ptr %to, [label %again, label %end]
again:
  %y = call i32 @ping(ptr blockaddress(@ping, %again), i32 %x)
  %z = shl i32 %y, 1
  ret i32 %z
end:
  ret i32 %x
}

; A loop with labels in it.
define i32 @rounds(i32 %n) noinline {
entry:
  br label %loop
loop:
  %i = phi i32 [0, %entry], [%next, %loop]
  %sum = phi i32 [0, %entry], [%all, %loop]
  %odd = trunc i32 %i to i1
  %label = call ptr @label_by_select(i1 %odd)
  call void @keep(i64 0, ptr %label)
  %modulo = urem i32 %i, 3
  %other = call ptr @label_by_phi(i32 %modulo)
  call void @keep(i64 1, ptr %other)
  store ptr blockaddress(@run, %triple), ptr getelementptr ([4 x ptr], ptr @where, i64 0, i64 3)
  %program = getelementptr [3 x [4 x i8]], ptr @programs, i32 0, i32 %modulo
  %result = call i32 @run(ptr %program)
  %is_add = icmp eq ptr %other, blockaddress(@run, %add)
  %one = zext i1 %is_add to i32
  %some = add i32 %result, %one
  %all = add i32 %sum, %some
  %next = add i32 %i, 1
  %go = icmp ult i32 %next, %n
  br i1 %go, label %loop, label %end
end:
  ret i32 %all
}

define i32 @main() {
entry:
  %done = call ptr @done_label()
  call void @keep(i64 2, ptr %done)
  br label %loop
loop:
  %i = phi i32 [0, %entry], [%next, %loop]
  %c = phi i32 [0, %entry], [%far, %loop]
  %s = phi i32 [0, %entry], [%sum, %loop]
  %near = trunc i32 %i to i1
  %d = call i32 @distances(i1 %near)
  store i32 %d, ptr @distance
  %f = call i32 @far(i32 %i)
  %far = add i32 %c, %f
  call void @two_at_once()
  call void @out_of_a_table()
  %r = call i32 @run(ptr getelementptr ([3 x [4 x i8]], ptr @programs, i32 0, i32 2))
  %sum = add i32 %s, %r
  %next = add i32 %i, 1
  %go = icmp ult i32 %next, 150
  br i1 %go, label %loop, label %end
end:
  %rounds = call i32 @rounds(i32 3000)
  %pong = call i32 @pong(ptr blockaddress(@pong, %again), i32 5)
  call i32 (ptr, ...) @printf(ptr @text, i32 %far, i32 %sum, i32 %rounds, i32 %pong)
  ret i32 0
}

declare i32 @printf(ptr, ...)
