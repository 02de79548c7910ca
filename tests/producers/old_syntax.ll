; Textual IR in the syntax of the last ten years, except for typed pointers. The reader upgrades names and arguments of
; intrinsics, attributes, metadata and the data layout.
target datalayout = "e-m:e-i64:64-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@format = private unnamed_addr constant [21 x i8] c"%d %d %d %lld %d %d\0A\00"
@vector_format = private constant [13 x i8] c"%d %d %d %d\0A\00"
@started = internal global i32 0
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @start, ptr null }]

declare i32 @printf(ptr nocapture readonly, ...)
declare void @llvm.memcpy.p0i8.p0i8.i64(ptr, ptr, i64, i32, i1)
declare void @llvm.memset.p0i8.i64(ptr, i8, i64, i32, i1)
declare void @llvm.lifetime.start.p0i8(i64, ptr)
declare void @llvm.lifetime.end.p0i8(i64, ptr)
declare i64 @llvm.objectsize.i64.p0i8(ptr, i1)
declare i32 @llvm.ctlz.i32(i32)
declare i32 @llvm.cttz.i32(i32)
declare i32 @llvm.experimental.vector.reduce.add.v4i32(<4 x i32>)
declare <8 x i16> @llvm.x86.sse2.padds.w(<8 x i16>, <8 x i16>)
declare <4 x i32> @llvm.x86.sse2.pcmpgt.d(<4 x i32>, <4 x i32>)
declare <4 x i32> @llvm.masked.load.v4i32.p0v4i32(ptr, i32, <4 x i1>, <4 x i32>)
declare void @llvm.dbg.value(metadata, i64, metadata, metadata)
declare void @llvm.prefetch(ptr, i32, i32, i32)

define internal void @start() nounwind uwtable "no-frame-pointer-elim"="true" "no-frame-pointer-elim-non-leaf" {
  store i32 41, ptr @started
  ret void
}

define internal i32 @read(ptr nocapture %p) argmemonly readonly noinline nounwind {
  %v = load i32, ptr %p, !tbaa !2
  ret i32 %v
}

define internal i32 @pure(i32 %x) readnone noinline nounwind {
  %y = mul i32 %x, 3
  ret i32 %y
}

define internal i64 @work(i32 %n) {
entry:
  %from = alloca [16 x i8], align 16
  %to = alloca [16 x i8], align 16
  call void @llvm.lifetime.start.p0i8(i64 16, ptr %from)
  call void @llvm.memset.p0i8.i64(ptr %from, i8 3, i64 16, i32 16, i1 false)
  call void @llvm.memcpy.p0i8.p0i8.i64(ptr %to, ptr %from, i64 16, i32 16, i1 false)
  call void @llvm.prefetch(ptr %to, i32 0, i32 3, i32 1)
  %size = call i64 @llvm.objectsize.i64.p0i8(ptr %to, i1 false)
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i32 [ 0, %entry ], [ %more, %loop ]
  %at = and i32 %i, 3
  %where = getelementptr inbounds i32, ptr %to, i32 %at
  %v = load i32, ptr %where, align 4
  %more = add i32 %sum, %v
  %next = add nuw nsw i32 %i, 1
  %again = icmp slt i32 %next, %n
  br i1 %again, label %loop, label %done, !llvm.loop !0
done:
  call void @llvm.lifetime.end.p0i8(i64 16, ptr %from)
  %wide = zext i32 %more to i64
  %result = add i64 %wide, %size
  ret i64 %result
}

define internal void @vectors(i32 %n) noinline {
  %first = insertelement <4 x i32> <i32 1, i32 2, i32 3, i32 4>, i32 %n, i32 1
  %greater = call <4 x i32> @llvm.x86.sse2.pcmpgt.d(<4 x i32> %first, <4 x i32> <i32 2, i32 2, i32 2, i32 2>)
  %count = call i32 @llvm.experimental.vector.reduce.add.v4i32(<4 x i32> %greater)
  %words = bitcast <4 x i32> %first to <8 x i16>
  %added = call <8 x i16> @llvm.x86.sse2.padds.w(<8 x i16> %words, <8 x i16> <i16 32767, i16 1, i16 1, i16 1, i16 1, i16 1, i16 1, i16 1>)
  %low = extractelement <8 x i16> %added, i32 0
  %shown = sext i16 %low to i32
  %memory = alloca <4 x i32>
  store <4 x i32> %first, ptr %memory
  %part = call <4 x i32> @llvm.masked.load.v4i32.p0v4i32(ptr %memory, i32 16, <4 x i1> <i1 true, i1 false, i1 true, i1 true>, <4 x i32> <i32 9, i32 9, i32 9, i32 9>)
  %second = extractelement <4 x i32> %part, i32 1
  %third = extractelement <4 x i32> %part, i32 2
  call i32 (ptr, ...) @printf(ptr @vector_format, i32 %count, i32 %shown, i32 %second, i32 %third)
  ret void
}

define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i32 [ 1, %entry ], [ %next, %loop ]
  %total = phi i64 [ 0, %entry ], [ %sum, %loop ]
  %part = call i64 @work(i32 %i)
  %sum = add i64 %total, %part
  %next = add i32 %i, 1
  %again = icmp slt i32 %next, 120
  br i1 %again, label %loop, label %done
done:
  %a = call i32 @llvm.ctlz.i32(i32 %next)
  %b = call i32 @llvm.cttz.i32(i32 %next)
  %c = call i32 @read(ptr @started)
  %d = call i32 @pure(i32 %c)
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i64 %sum, i32 %d, i32 %next)
  call void @vectors(i32 %next)
  call void @vectors(i32 -5)
  ret i32 7
}

!0 = !{!0, !1}
!1 = !{!"llvm.vectorizer.unroll", i32 2}
!2 = !{!"int", !3}
!3 = !{!"tbaa root"}
