; Arguments passed in pieces of 8 bytes: aggregates always, vectors of bits below AVX-512. The wrapper of a timed call
; copies those that its caller passes on the stack.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [9 x i8] c"%lld %d\0A\00"

declare i32 @printf(ptr, ...)
declare i64 @llvm.ctpop.i64(i64)

define i64 @bits(i64 %factor, <64 x i1> %mask, [20 x i8] %bytes) noinline {
  %word = bitcast <64 x i1> %mask to i64
  %count = call i64 @llvm.ctpop.i64(i64 %word)
  %first = extractvalue [20 x i8] %bytes, 0
  %last = extractvalue [20 x i8] %bytes, 19
  %sum = add i8 %first, %last
  %wide = zext i8 %sum to i64
  %product = mul i64 %word, %factor
  %counted = add i64 %product, %count
  %all = add i64 %counted, %wide
  ret i64 %all
}

define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i64 [ 0, %entry ], [ %more, %loop ]
  %word = mul i64 %i, -7046029254386353131
  %mask = bitcast i64 %word to <64 x i1>
  %byte = trunc i64 %i to i8
  %some = insertvalue [20 x i8] zeroinitializer, i8 %byte, 0
  %bytes = insertvalue [20 x i8] %some, i8 7, 19
  %result = call i64 @bits(i64 %i, <64 x i1> %mask, [20 x i8] %bytes)
  %more = add i64 %sum, %result
  %next = add i64 %i, 1
  %go = icmp ult i64 %next, 3000
  br i1 %go, label %loop, label %done
done:
  %printed = call i32 (ptr, ...) @printf(ptr @format, i64 %more, i32 3000)
  ret i32 0
}
