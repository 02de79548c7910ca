; Hand-written IR with features that front ends seldom emit: unnamed values,
; undef, freeze, select of aggregates, irreducible control flow.
target triple = "x86_64-pc-linux-gnu"

@.str = private unnamed_addr constant [4 x i8] c"%d\0A\00"

declare i32 @printf(ptr, ...)

define internal i32 @irreducible(i32 %0, i1 %1) {
  br i1 %1, label %3, label %6
3:
  %4 = phi i32 [ %0, %2 ], [ %8, %6 ]
  %5 = sub i32 %4, 3
  br label %6
6:
  %7 = phi i32 [ %0, %2 ], [ %5, %3 ]
  %8 = sub i32 %7, 1
  %9 = icmp sgt i32 %8, 0
  br i1 %9, label %3, label %10
10:
  ret i32 %8
}

define { i32, i64 } @aggregate(i1 %c) {
  %a = insertvalue { i32, i64 } undef, i32 7, 0
  %b = insertvalue { i32, i64 } %a, i64 8, 1
  %d = select i1 %c, { i32, i64 } %b, { i32, i64 } zeroinitializer
  ret { i32, i64 } %d
}

define i32 @main() {
  %1 = call i32 @irreducible(i32 100, i1 true)
  %2 = call i32 @irreducible(i32 101, i1 false)
  %3 = call { i32, i64 } @aggregate(i1 true)
  %4 = extractvalue { i32, i64 } %3, 0
  %5 = mul i32 %1, 100
  %6 = add i32 %5, %2
  %7 = freeze i32 %4
  %8 = add i32 %6, %7
  %9 = call i32 (ptr, ...) @printf(ptr @.str, i32 %8)
  ret i32 %9
}
