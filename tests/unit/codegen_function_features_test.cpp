// The features that functions are compiled for: the bitcode's own, and the host's where they do no harm.
#include "fast_math.h"
#include "function_features.h"
#include "ir_test_support.h"
#include "unit_marks.h"

#include <gtest/gtest.h>

namespace ajit {
namespace {

TargetSpec a_host() {
  TargetSpec spec = TargetSpec::host();
  spec.features = "+cmov,+cx8,+fxsr,+mmx,+nopl,+sse,+sse2,+x87";
  spec.wider_without_avx512 = spec.features + ",+avx2,+fma";
  spec.wider_features = spec.wider_without_avx512 + ",+avx512f,+avx512vl";
  return spec;
}

/// The features of `f` in `text` when it is compiled at `tier`.
std::string features_of(const std::string& text, Tier tier) {
  test::ParsedModule module(text);
  FunctionFeatures(a_host()).choose(*module, tier);
  return module->getFunction("f")->getFnAttribute("target-features").getValueAsString().str();
}

TEST(FunctionFeatures, TheHostsComeAboveO0) {
  const std::string plain = "define void @f() { ret void }";
  EXPECT_EQ(features_of(plain, Tier::O0), "");
  EXPECT_EQ(features_of(plain, Tier::O1), a_host().wider_features);
}

TEST(FunctionFeatures, ThoseThatEveryProcessorHasMakeNoDifference) {
  const std::string text = R"(define void @f() "target-cpu"="x86-64" "target-features"="+cx8,+sse2" { ret void })";
  EXPECT_EQ(features_of(text, Tier::O0), "");
  EXPECT_EQ(features_of(text, Tier::O3), a_host().wider_features);
}

TEST(FunctionFeatures, FunctionsKeepTheirOwn) {
  const std::string text = R"(define void @f() "target-features"="+amx-tile" { ret void })";
  EXPECT_EQ(features_of(text, Tier::O0), a_host().features + ",+amx-tile");
  EXPECT_EQ(features_of(text, Tier::O3), a_host().wider_features + ",+amx-tile");
}

TEST(FunctionFeatures, FunctionsKeepThoseOfTheirProcessor) {
  const std::string text = R"(define void @f() "target-cpu"="haswell" { ret void })";
  EXPECT_NE(features_of(text, Tier::O0).find("+bmi2"), std::string::npos);
}

TEST(FunctionFeatures, WhatTheBitcodeTurnsOffStaysOff) {
  const std::string text = R"(define void @f() "target-features"="-avx" { ret void })";
  EXPECT_EQ(features_of(text, Tier::O3), a_host().wider_features + ",-avx");
}

TEST(FunctionFeatures, BodiesToBeInlinedKeepExactlyTheirOwn) {
  EXPECT_EQ(features_of("define available_externally void @f() { ret void }", Tier::O3), "");
}

TEST(FunctionFeatures, MarksWithholdTheHosts) {
  const std::string keeps = keeps_features_attribute, without = without_avx512_attribute;
  EXPECT_EQ(features_of("define void @f() \"" + keeps + "\" { ret void }", Tier::O3), "");
  EXPECT_EQ(features_of("define void @f() { ret void }\n"
                        "define void @g() \"" +
                            without + "\" { ret void }",
                        Tier::O3),
            a_host().wider_without_avx512)
      << "one may be inlined into the other";
  EXPECT_EQ(features_of("define void @f() { ret void }\n"
                        "define available_externally void @g() alwaysinline \"" +
                            keeps + "\" { ret void }",
                        Tier::O3),
            "")
      << "the other will be part of this one";
}

TEST(FunctionFeatures, ATargetWithoutThoseOfTheBitcodeDropsThem) {
  test::ParsedModule module(R"(define void @f() "target-cpu"="haswell" "tune-cpu"="haswell" { ret void })");
  TargetSpec spec = a_host();
  spec.bitcode_features = false;
  FunctionFeatures(spec).choose(*module, Tier::O3);
  EXPECT_FALSE(module->getFunction("f")->hasFnAttribute("target-cpu"));
  EXPECT_FALSE(module->getFunction("f")->hasFnAttribute("tune-cpu"));
}

/// Whether the canonical form of `f` has the mark.
bool is_marked(const std::string& text, const char* mark) {
  test::ModuleFromText module(text);
  return llvm::cantFail((*module).canonical("f"))->hasFnAttribute(mark);
}

TEST(FeatureNeeds, VectorsThatOtherFeaturesPassElsewhereAreNoted) {
  auto keeps = [](const std::string& text) { return is_marked(text, keeps_features_attribute); };
  EXPECT_TRUE(keeps("define <8 x i32> @f(<8 x i32> %a) { ret <8 x i32> %a }"));
  EXPECT_TRUE(keeps("define void @f(<2 x half> %a) { ret void }"));
  EXPECT_TRUE(keeps("define void @f({ i32, [2 x <4 x double>] } %a) { ret void }"));
  EXPECT_TRUE(keeps("declare void @g(<8 x i1>)\ndefine void @f() { call void @g(<8 x i1> zeroinitializer) ret void }"));
  EXPECT_TRUE(keeps("define void @f(ptr %g) { call void (...) %g(<4 x double> zeroinitializer) ret void }"));
  EXPECT_TRUE(keeps("define preserve_allcc void @f() { ret void }"));
  EXPECT_FALSE(
      keeps("define <4 x float> @f(<2 x double> %a, { <16 x i8>, half } %b) { ret <4 x float> zeroinitializer }"));
  EXPECT_FALSE(keeps("declare i32 @llvm.vector.reduce.add.v8i32(<8 x i32>)\n"
                     "define i32 @f(ptr %p) { %v = load <8 x i32>, ptr %p\n"
                     "%r = call i32 @llvm.vector.reduce.add.v8i32(<8 x i32> %v) ret i32 %r }"));
}

TEST(FeatureNeeds, ResultsThatAvx512ChangesAreNoted) {
  auto without = [](const std::string& text) { return is_marked(text, without_avx512_attribute); };
  EXPECT_TRUE(without("define half @f(float %a) { %h = fptrunc float %a to half ret half %h }"));
  EXPECT_TRUE(without("define i32 @f(double %a) { %u = fptoui double %a to i32 ret i32 %u }"));
  EXPECT_FALSE(without("define i32 @f(double %a) { %u = fptosi double %a to i32 ret i32 %u }"));
}

bool is_bound_to_one_pipeline(const std::string& text) {
  test::ModuleFromText module(text);
  return has_one_pipeline(*llvm::cantFail((*module).canonical("f")));
}

TEST(FastMath, OptimisedFunctionsWithFlagsHaveOnePipeline) {
  auto sum = [](const std::string& flags, const std::string& attributes = "") {
    return "define float @f(float %a, float %b) " + attributes + " { %s = fadd " + flags +
           " float %a, %b ret float %s }";
  };
  EXPECT_TRUE(is_bound_to_one_pipeline(sum("fast")));
  EXPECT_TRUE(is_bound_to_one_pipeline(sum("nsz")));
  EXPECT_TRUE(is_bound_to_one_pipeline(sum("", R"("unsafe-fp-math"="true")")));
  EXPECT_TRUE(is_bound_to_one_pipeline(sum("contract", R"("target-features"="+fma")")));
  EXPECT_FALSE(is_bound_to_one_pipeline(sum("contract")));
  EXPECT_FALSE(is_bound_to_one_pipeline(sum("nnan ninf")));
  EXPECT_FALSE(is_bound_to_one_pipeline(sum("fast", "noinline optnone")));
}

TEST(FastMath, UnitsOfFunctionsWithOnePipelineHoldNoOthers) {
  test::ModuleFromText module(R"(
    define float @f(float %a) { %s = fadd fast float %a, 1.0 ret float %s }
    define i32 @g() { %s = call float @f(float 2.0) %i = fptosi float %s to i32 ret i32 %i }
  )");
  EXPECT_EQ(test::unit_of(*module, "f", Tier::O0).pipeline, Tier::O2);
  EXPECT_EQ(test::unit_of(*module, "f", Tier::O3).pipeline, Tier::O2);
  Unit other = test::unit_of(*module, "g", Tier::O3);
  EXPECT_EQ(other.pipeline, Tier::O3);
  EXPECT_EQ(other.imported, 0u);
  UnitRequest both{Tier::O0, false, {{"g", false}, {"f", false}}, {}};
  Unit mixed = build_unit(*module, both);
  EXPECT_FALSE(mixed.bodies[0].refusal);
  EXPECT_TRUE(mixed.bodies[1].refusal);
}

} // namespace
} // namespace ajit
