; Vectors cross calls by value between the module, a library and function
; pointers. Without features of their own, functions pass them in registers of
; 16 bytes, whatever the host has. Each is also passed in a hot loop, so that
; callers and callees of all tiers meet.
target triple = "x86_64-pc-linux-gnu"

declare <8 x i32> @lib_add(<8 x i32>, <8 x i32>)
declare <4 x double> @lib_scale(<4 x double>, double)
declare <16 x float> @lib_negate(<16 x float>)
declare { <8 x float>, i32 } @lib_pair(<8 x float>, i32)
declare <4 x half> @lib_halves(<4 x half>, <2 x half>)
declare <8 x i1> @lib_mask(<8 x i32>, <8 x i32>)
declare <3 x i64> @lib_three(<3 x i64>)
declare i32 @lib_apply(ptr, i32)
declare double @lib_variadic(i32, ...)
declare i32 @printf(ptr, ...)

define <8 x i32> @square(<8 x i32> %a) noinline {
  %r = mul <8 x i32> %a, <i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8>
  ret <8 x i32> %r
}

define internal { <8 x float>, i32 } @pair(<8 x float> %a, i32 %n) noinline {
  %x = fadd <8 x float> %a, <float 1.0, float 2.0, float 3.0, float 4.0, float 5.0, float 6.0, float 7.0, float 8.0>
  %p = call { <8 x float>, i32 } @lib_pair(<8 x float> %x, i32 %n)
  ret { <8 x float>, i32 } %p
}

; Vectors of 16 bytes are passed alike by all processors.
define internal <4 x float> @small(<4 x float> %a, <4 x i32> %b) noinline {
  %c = sitofp <4 x i32> %b to <4 x float>
  %r = fmul <4 x float> %a, %c
  ret <4 x float> %r
}

define internal i64 @round_trip(i32 %k) noinline {
  %i = insertelement <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, i32 %k, i32 0
  %r = call <8 x i32> @lib_add(<8 x i32> %i, <8 x i32> <i32 10, i32 20, i32 30, i32 40, i32 50, i32 60, i32 70, i32 80>)
  %q = call <8 x i32> @square(<8 x i32> %r)
  %sum = call i32 @llvm.vector.reduce.add.v8i32(<8 x i32> %q)
  %d = call <4 x double> @lib_scale(<4 x double> <double 1.0, double 2.0, double 3.0, double 4.0>, double 2.5)
  %d3 = extractelement <4 x double> %d, i32 3
  %di = fptosi double %d3 to i32
  %f = sitofp i32 %k to float
  %fi = insertelement <16 x float> <float 0.0, float 1.0, float 2.0, float 3.0, float 4.0, float 5.0, float 6.0, float 7.0, float 8.0, float 9.0, float 10.0, float 11.0, float 12.0, float 13.0, float 14.0, float 15.0>, float %f, i32 9
  %n = call <16 x float> @lib_negate(<16 x float> %fi)
  %n9 = extractelement <16 x float> %n, i32 9
  %n15 = extractelement <16 x float> %n, i32 15
  %half = shufflevector <16 x float> %n, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %p = call { <8 x float>, i32 } @pair(<8 x float> %half, i32 %k)
  %p0 = extractvalue { <8 x float>, i32 } %p, 0
  %p1 = extractvalue { <8 x float>, i32 } %p, 1
  %p07 = extractelement <8 x float> %p0, i32 7
  %s4 = shufflevector <8 x float> %p0, <8 x float> poison, <4 x i32> <i32 1, i32 3, i32 5, i32 7>
  %i4 = shufflevector <8 x i32> %r, <8 x i32> poison, <4 x i32> <i32 0, i32 2, i32 4, i32 6>
  %sm = call <4 x float> @small(<4 x float> %s4, <4 x i32> %i4)
  %sm2 = extractelement <4 x float> %sm, i32 2
  %h = fptrunc <4 x double> %d to <4 x half>
  %hh = call <4 x half> @lib_halves(<4 x half> %h, <2 x half> <half 0xH3C00, half 0xH4000>)
  %h1 = extractelement <4 x half> %hh, i32 1
  %h1f = fpext half %h1 to float
  %m = call <8 x i1> @lib_mask(<8 x i32> %q, <8 x i32> %r)
  %mi = bitcast <8 x i1> %m to i8
  %mz = zext i8 %mi to i32
  %w = zext i32 %k to i64
  %t = insertelement <3 x i64> <i64 5, i64 6, i64 7>, i64 %w, i32 1
  %tt = call <3 x i64> @lib_three(<3 x i64> %t)
  %t1 = extractelement <3 x i64> %tt, i32 1
  %t2 = extractelement <3 x i64> %tt, i32 2
  %a = call i32 @lib_apply(ptr @square, i32 %k)
  %v = call double (i32, ...) @lib_variadic(i32 2, double 1.5, double %d3)
  %f1 = fadd float %n9, %n15
  %f2 = fadd float %f1, %p07
  %f3 = fadd float %f2, %sm2
  %f4 = fadd float %f3, %h1f
  %f5 = fpext float %f4 to double
  %f6 = fadd double %f5, %v
  %fl = fptosi double %f6 to i64
  %i1 = add i32 %sum, %di
  %i2 = add i32 %i1, %p1
  %i3 = add i32 %i2, %mz
  %i5 = add i32 %i3, %a
  %l = sext i32 %i5 to i64
  %l1 = add i64 %l, %t1
  %l2 = add i64 %l1, %t2
  %l3 = mul i64 %l2, 1000003
  %l4 = add i64 %l3, %fl
  ret i64 %l4
}

define i32 @main() {
entry:
  br label %loop
loop:
  %k = phi i32 [ 0, %entry ], [ %next, %loop ]
  %carried = phi <8 x i32> [ zeroinitializer, %entry ], [ %more, %loop ]
  %hash = phi i64 [ 0, %entry ], [ %hash.next, %loop ]
  %r = call i64 @round_trip(i32 %k)
  %more = call <8 x i32> @lib_add(<8 x i32> %carried, <8 x i32> <i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8>)
  %h1 = mul i64 %hash, 31
  %hash.next = add i64 %h1, %r
  %next = add i32 %k, 1
  %again = icmp ult i32 %next, 15000
  br i1 %again, label %loop, label %done
done:
  %e0 = extractelement <8 x i32> %more, i32 0
  %e7 = extractelement <8 x i32> %more, i32 7
  %first = call i64 @round_trip(i32 3)
  %p = call i32 (ptr, ...) @printf(ptr @format, i64 %first, i64 %hash.next, i32 %e0, i32 %e7)
  ret i32 0
}

@format = private constant [17 x i8] c"%ld %ld %d %d\0A\00\00\00"
declare i32 @llvm.vector.reduce.add.v8i32(<8 x i32>)
