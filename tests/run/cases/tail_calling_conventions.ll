; swifttailcc, tailcc and fastcc with guaranteed tail calls that need more
; stack for the callee's arguments than the caller has.
target triple = "x86_64-pc-linux-gnu"

@format = private constant [9 x i8] c"%ld %ld\0A\00"

declare i32 @printf(ptr, ...)

define swifttailcc i64 @count(i64 %n, i64 %sum) noinline {
  %zero = icmp eq i64 %n, 0
  br i1 %zero, label %done, label %more
done:
  ret i64 %sum
more:
  %m = sub i64 %n, 1
  %r = musttail call swifttailcc i64 @wide(i64 %m, i64 %sum, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8)
  ret i64 %r
}

define swifttailcc i64 @wide(i64 %n, i64 %sum, i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h) noinline {
  %s1 = add i64 %sum, %a
  %s2 = add i64 %s1, %h
  %r = musttail call swifttailcc i64 @count(i64 %n, i64 %s2)
  ret i64 %r
}

define tailcc i64 @ping(i64 %n, i64 %sum) noinline {
  %zero = icmp eq i64 %n, 0
  br i1 %zero, label %done, label %more
done:
  ret i64 %sum
more:
  %m = sub i64 %n, 1
  %s = add i64 %sum, %n
  %r = musttail call tailcc i64 @ping(i64 %m, i64 %s)
  ret i64 %r
}

define i32 @main() {
  %a = call swifttailcc i64 @count(i64 2000000, i64 0)
  %b = call tailcc i64 @ping(i64 3000000, i64 0)
  call i32 (ptr, ...) @printf(ptr @format, i64 %a, i64 %b)
  ret i32 0
}
