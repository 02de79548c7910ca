// Function types in the manifest's notation.
#include "error.h"
#include "function_signature.h"
#include "test_program.h"

#include <formats/manifest.h>
#include <gtest/gtest.h>

namespace ajit::test {
namespace {

FunctionSignature signature_of(const std::string& declaration) {
  std::unique_ptr<ModuleSource> source = module_of(declaration);
  auto signatures = function_signatures(*source);
  if (!signatures) throw std::runtime_error(one_line(signatures.takeError()));
  return signatures->at("f");
}

std::string text_of(const std::string& declaration) { return signature_of(declaration).text; }

TEST(FunctionSignature, names_the_types) {
  EXPECT_EQ(text_of("declare void @f()"), "void()");
  EXPECT_EQ(text_of("declare i64 @f(i8, i16, i32, i64, float, double, ptr)"), "i64(i8,i16,i32,i64,f32,f64,ptr)");
  EXPECT_EQ(text_of("declare ptr @f(i1)"), "ptr(bool)");
}

TEST(FunctionSignature, takes_zero_extension_for_unsigned) {
  EXPECT_EQ(text_of("declare zeroext i8 @f(i16 zeroext, i16 signext)"), "u8(u16,i16)");
}

TEST(FunctionSignature, takes_signedness_from_debug_information) {
  EXPECT_EQ(text_of(R"(
    define i64 @f(i32 %n) !dbg !4 { ret i64 0 }
    !llvm.dbg.cu = !{!0}
    !llvm.module.flags = !{!2}
    !0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
    !1 = !DIFile(filename: "f.c", directory: "")
    !2 = !{i32 2, !"Debug Info Version", i32 3}
    !4 = distinct !DISubprogram(name: "f", file: !1, type: !5, unit: !0, spFlags: DISPFlagDefinition)
    !5 = !DISubroutineType(types: !6)
    !6 = !{!7, !9}
    !7 = !DIDerivedType(tag: DW_TAG_typedef, name: "uint64_t", baseType: !8)
    !8 = !DIBasicType(name: "unsigned long long", size: 64, encoding: DW_ATE_unsigned)
    !9 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
  )"),
            "u64(i32)");
}

TEST(FunctionSignature, gives_up_on_what_the_shell_cannot_pass) {
  EXPECT_EQ(text_of("declare void @f(ptr byval([8 x i32]))"), "-");
  EXPECT_EQ(text_of("declare x86_fp80 @f()"), "-");
  EXPECT_EQ(text_of("declare <4 x i32> @f()"), "-");
  EXPECT_EQ(text_of("declare i32 @f(i128)"), "-");
  EXPECT_EQ(text_of("declare i32 @f(i32, i32, i32, i32, i32, i32, i32, i32, i32)"), "-");
  EXPECT_EQ(text_of("declare i32 @f(i32 inreg)"), "-");
}

TEST(FunctionSignature, says_what_an_entry_stub_must_know) {
  EXPECT_EQ(signature_of("declare void @f(ptr sret([8 x i32]))").flags, MANIFEST_SRET);
  EXPECT_EQ(signature_of("declare double @f()").flags, MANIFEST_X87);
  EXPECT_EQ(signature_of("declare x86_fp80 @f()").flags, MANIFEST_X87);
  EXPECT_EQ(signature_of("declare i32 @f(ptr, ...)").flags, MANIFEST_VARIADIC);
  EXPECT_EQ(signature_of("declare i32 @f()").flags, 0);
}

} // namespace
} // namespace ajit::test
