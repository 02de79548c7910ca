target triple = "x86_64-pc-linux-gnu"

define <8 x i32> @lib_add(<8 x i32> %a, <8 x i32> %b) {
  %r = add <8 x i32> %a, %b
  ret <8 x i32> %r
}
define <4 x double> @lib_scale(<4 x double> %a, double %k) {
  %i = insertelement <4 x double> poison, double %k, i32 0
  %s = shufflevector <4 x double> %i, <4 x double> poison, <4 x i32> zeroinitializer
  %r = fmul <4 x double> %a, %s
  ret <4 x double> %r
}
define <16 x float> @lib_negate(<16 x float> %a) {
  %r = fneg <16 x float> %a
  ret <16 x float> %r
}
define { <8 x float>, i32 } @lib_pair(<8 x float> %a, i32 %n) {
  %d = fadd <8 x float> %a, %a
  %m = add i32 %n, 7
  %p = insertvalue { <8 x float>, i32 } poison, <8 x float> %d, 0
  %q = insertvalue { <8 x float>, i32 } %p, i32 %m, 1
  ret { <8 x float>, i32 } %q
}
define <4 x half> @lib_halves(<4 x half> %a, <2 x half> %b) {
  %w = shufflevector <2 x half> %b, <2 x half> poison, <4 x i32> <i32 0, i32 1, i32 0, i32 1>
  %r = fadd <4 x half> %a, %w
  ret <4 x half> %r
}
define <8 x i1> @lib_mask(<8 x i32> %a, <8 x i32> %b) {
  %r = icmp sgt <8 x i32> %a, %b
  ret <8 x i1> %r
}
define <3 x i64> @lib_three(<3 x i64> %a) {
  %r = add <3 x i64> %a, <i64 100, i64 200, i64 300>
  ret <3 x i64> %r
}
define i32 @lib_apply(ptr %f, i32 %x) {
  %i = insertelement <8 x i32> poison, i32 %x, i32 0
  %s = shufflevector <8 x i32> %i, <8 x i32> poison, <8 x i32> zeroinitializer
  %r = call <8 x i32> %f(<8 x i32> %s)
  %t = call i32 @llvm.vector.reduce.add.v8i32(<8 x i32> %r)
  ret i32 %t
}
define double @lib_variadic(i32 %n, ...) {
  %list = alloca { i32, i32, ptr, ptr }
  call void @llvm.va_start.p0(ptr %list)
  %a = va_arg ptr %list, double
  %b = va_arg ptr %list, double
  call void @llvm.va_end.p0(ptr %list)
  %r = fadd double %a, %b
  ret double %r
}
declare i32 @llvm.vector.reduce.add.v8i32(<8 x i32>)
declare void @llvm.va_start.p0(ptr)
declare void @llvm.va_end.p0(ptr)
