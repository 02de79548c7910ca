; An alias that names a place inside a symbol.
target triple = "x86_64-pc-linux-gnu"

@numbers = internal global [4 x i32] [i32 10, i32 20, i32 30, i32 40]
@third = alias i32, getelementptr inbounds ([4 x i32], ptr @numbers, i64 0, i64 2)
@pointer_to_third = constant ptr @third
@format = private constant [13 x i8] c"%d %d %d %d\0A\00"

declare i32 @printf(ptr, ...)

define i32 @read_third() {
  %value = load i32, ptr @third
  ret i32 %value
}

define i32 @main() {
  %before = call i32 @read_third()
  store i32 33, ptr @third
  %element = getelementptr inbounds [4 x i32], ptr @numbers, i64 0, i64 2
  %through_base = load i32, ptr %element
  %pointer = load volatile ptr, ptr @pointer_to_third
  %through_data = load i32, ptr %pointer
  %same = icmp eq ptr %pointer, %element
  %as_int = zext i1 %same to i32
  call i32 (ptr, ...) @printf(ptr @format, i32 %before, i32 %through_base, i32 %through_data, i32 %as_int)
  ret i32 0
}
