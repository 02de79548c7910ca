// The objects made from a program: what they define, what they import, and which programs are refused.
#include "load_check.h"
#include "test_program.h"

#include <algorithm>
#include <formats/object_stamp.h>
#include <gtest/gtest.h>
#include <llvm/Support/MemoryBuffer.h>

namespace ajit::test {
namespace {

using Names = std::vector<std::string>;

const std::string fibonacci = R"(
  define i64 @fibonacci(i32 %n) {
    %small = icmp slt i32 %n, 2
    br i1 %small, label %base, label %recurse
  base:
    %result = zext i32 %n to i64
    ret i64 %result
  recurse:
    %one = sub i32 %n, 1
    %two = sub i32 %n, 2
    %left = call i64 @fibonacci(i32 %one)
    %right = call i64 @fibonacci(i32 %two)
    %sum = add i64 %left, %right
    ret i64 %sum
  }
)";

/// Symbols an object needs from elsewhere.
Names imports_of(const std::vector<uint8_t>& object) {
  LoadCheck check(object);
  EXPECT_EQ(check.error(), "");
  return check.link([](llvm::StringRef) { return false; }).unresolved;
}

TEST(ProgramObjects, has_an_object_per_function_and_tier) {
  ProgramObjects program = compiled(fibonacci);
  Names names;
  for (const ImageFile& file : program.files)
    names.push_back(file.name);
  EXPECT_EQ(names, (Names{"MANIFEST.TXT", "STATE.BIN", "F0000T0.OBJ", "F0000T1.OBJ", "F0000T2.OBJ", "F0000T3.OBJ"}));
  EXPECT_EQ(program.functions, 1u);
  for (const char* tier : {"0", "1", "2", "3"})
    EXPECT_EQ(LoadCheck(file_of(program, std::string("F0000T") + tier + ".OBJ")).definitions(),
              Names{std::string("fibonacci$O") + tier});
}

TEST(ProgramObjects, calls_go_through_symbols_until_the_last_tier) {
  ProgramObjects program = compiled(fibonacci);
  for (const char* tier : {"0", "1", "2"})
    EXPECT_EQ(imports_of(file_of(program, std::string("F0000T") + tier + ".OBJ")), Names{"fibonacci"}) << tier;
  EXPECT_EQ(imports_of(file_of(program, "F0000T3.OBJ")), Names{}) << "no later body can replace it";
}

TEST(ProgramObjects, stamps_say_tier_and_source) {
  ProgramObjects program = compiled(fibonacci);
  uint64_t source = std::stoull(manifest_line(program, "function fibonacci").substr(30, 16), nullptr, 16);
  for (uint8_t tier = 0; tier < 4; tier++) {
    LoadCheck check(file_of(program, "F0000T" + std::to_string(tier) + ".OBJ"));
    object_expectation expected = {source, OBJECT_CPU_PENTIUM4, tier};
    EXPECT_EQ(check.stamp_error(&expected), "");
    expected.source_hash++;
    EXPECT_NE(check.stamp_error(&expected), "");
  }
}

TEST(ProgramObjects, a_change_anywhere_in_the_program_changes_every_source) {
  auto hash = [](const std::string& ir) { return manifest_line(compiled(ir), "function fibonacci").substr(30, 16); };
  EXPECT_EQ(hash(fibonacci), hash(fibonacci));
  EXPECT_NE(hash(fibonacci), hash(fibonacci + "define void @other() { ret void }")) << "it might have been inlined";
}

TEST(ProgramObjects, compiling_again_gives_the_same_bytes) {
  ProgramObjects first = compiled(fibonacci), second = compiled(fibonacci);
  for (size_t i = 0; i < first.files.size(); i++)
    EXPECT_EQ(first.files[i].bytes, second.files[i].bytes);
}

TEST(ProgramObjects, data_is_in_one_object) {
  ProgramObjects program = compiled(R"(
    @counter = internal global i32 5
    define i32 @count() {
      %old = load i32, ptr @counter
      %new = add i32 %old, 1
      store i32 %new, ptr @counter
      ret i32 %new
    })");
  Names definitions = LoadCheck(file_of(program, "DATA0.OBJ")).definitions();
  EXPECT_TRUE(std::count(definitions.begin(), definitions.end(), "counter$0"));
  EXPECT_EQ(imports_of(file_of(program, "F0000T3.OBJ")), Names{"counter$0"});
  EXPECT_NE(manifest_line(program, "data DATA0.OBJ "), "");
}

TEST(ProgramObjects, constructors_run_from_the_data_object) {
  ProgramObjects program = compiled(R"(
    @llvm.global_ctors = appending global [2 x { i32, ptr, ptr }]
      [{ i32, ptr, ptr } { i32 65535, ptr @late, ptr null }, { i32, ptr, ptr } { i32 101, ptr @early, ptr null }]
    define internal void @late() { ret void }
    define internal void @early() { ret void })");
  LoadCheck check(file_of(program, "DATA0.OBJ"));
  LinkFigures figures = check.link([](llvm::StringRef) { return false; });
  EXPECT_EQ(figures.constructors, 2u);
  std::sort(figures.unresolved.begin(), figures.unresolved.end());
  EXPECT_EQ(figures.unresolved, (Names{"early$0", "late$0"})) << "they are called through their stubs";
}

TEST(ProgramObjects, callees_are_inlined_from_the_second_tier_on) {
  ProgramObjects program = compiled(R"(
    define internal i32 @square(i32 %x) {
      %result = mul i32 %x, %x
      ret i32 %result
    }
    define i32 @caller(i32 %x) {
      %result = call i32 @square(i32 %x)
      ret i32 %result
    })");
  EXPECT_EQ(imports_of(file_of(program, "F0001T0.OBJ")), Names{"square$0"});
  EXPECT_EQ(imports_of(file_of(program, "F0001T2.OBJ")), Names{});
}

TEST(ProgramObjects, optimised_bitcode_passes_arguments_on_the_stack) {
  // LLVM's fast convention would pass the argument in ecx.
  ProgramObjects program = compiled(R"(
    define fastcc i32 @callee(i32 %x) noinline {
      ret i32 %x
    }
    define i32 @caller(i32 %x) {
      %result = call fastcc i32 @callee(i32 %x)
      ret i32 %result
    })");
  const std::vector<uint8_t>& object = file_of(program, "F0000T1.OBJ");
  const uint8_t load_argument[] = {0x8b, 0x44, 0x24, 0x04}; // movl 4(%esp), %eax
  EXPECT_NE(std::search(object.begin(), object.end(), std::begin(load_argument), std::end(load_argument)),
            object.end());
}

TEST(ProgramObjects, a_body_whose_labels_are_visible_stays_with_the_data) {
  ProgramObjects program = compiled(R"(
    @table = global [2 x ptr] [ptr blockaddress(@jump, %a), ptr blockaddress(@jump, %b)]
    @visible = global ptr @table
    define i32 @jump(i32 %which) {
      %slot = getelementptr [2 x ptr], ptr @table, i32 0, i32 %which
      %label = load ptr, ptr %slot
      indirectbr ptr %label, [label %a, label %b]
    a:
      ret i32 1
    b:
      ret i32 2
    })");
  EXPECT_TRUE(manifest_line(program, "function jump").ends_with("F0000T0.OBJ - - -"));
  EXPECT_EQ(LoadCheck(file_of(program, "F0000T0.OBJ")).definitions(), Names{"jump$O0"});
  EXPECT_EQ(imports_of(file_of(program, "F0000T0.OBJ")), Names{"ajit!pinned$jump"});
  ASSERT_EQ(program.remarks.size(), 1u);
  EXPECT_TRUE(program.remarks[0].starts_with("jump: stays at its first tier: ")) << program.remarks[0];
}

TEST(ProgramObjects, names_everything_that_is_undefined) {
  EXPECT_EQ(compile_error(R"(
    declare void @printf()
    declare void @exit()
    declare void @unused()
    define void @f() {
      call void @printf()
      call void @exit()
      ret void
    })"),
            "undefined symbols: neither the program nor the kernel defines exit, printf");
}

TEST(ProgramObjects, may_ask_for_what_need_not_exist) {
  EXPECT_EQ(compile_error(R"(
    declare extern_weak void @optional()
    define i1 @has_optional() {
      %result = icmp ne ptr @optional, null
      ret i1 %result
    })"),
            "");
}

TEST(ProgramObjects, may_use_what_the_kernel_exports) {
  EXPECT_EQ(compile_error(R"(
    define i64 @divide(i64 %a, i64 %b) {
      %result = udiv i64 %a, %b
      ret i64 %result
    })"),
            "");
}

TEST(ProgramObjects, refuses_thread_local_storage_by_name) {
  std::string error = compile_error(R"(
    @tls = thread_local global i32 1
    define ptr @f() {
      %address = call ptr @llvm.threadlocal.address(ptr @tls)
      ret ptr %address
    }
    declare ptr @llvm.threadlocal.address(ptr))");
  EXPECT_NE(error.find("thread-local storage"), std::string::npos) << error;
}

TEST(ProgramObjects, refuses_other_targets) {
  auto source = ModuleSource::from_buffer(
      llvm::MemoryBuffer::getMemBuffer("target triple = \"aarch64-linux-gnu\"\ndefine void @f() { ret void }"), "other",
      /*foreign=*/true);
  ASSERT_TRUE(bool(source));
  llvm::Expected<ProgramObjects> program = compile_program(std::move(*source), {});
  ASSERT_FALSE(bool(program));
  EXPECT_EQ(llvm::toString(program.takeError()),
            "wrong architecture: other: compiled for aarch64-linux-gnu, the kernel runs i386-unknown-none-elf");
}

} // namespace
} // namespace ajit::test
