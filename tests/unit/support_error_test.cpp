// Errors have a kind, and storing, wrapping and unwrapping an error preserve it.
#include "error.h"

#include <gtest/gtest.h>

namespace ajit {
namespace {

TEST(Error, EachKindIsAClassOfItsOwn) {
  llvm::Error error = make_typed<Refused>("no body: {}", "f");
  EXPECT_TRUE(error.isA<Refused>());
  EXPECT_FALSE(error.isA<Cancelled>());
  EXPECT_TRUE(error.isA<TypedError>());
  EXPECT_EQ(one_line(std::move(error)), "no body: f");
}

TEST(Error, AFailureIsTheSameErrorAsAValue) {
  for (FailureKind kind :
       {FailureKind::other, FailureKind::cancelled, FailureKind::unsupported, FailureKind::refused,
        FailureKind::compiler_fault, FailureKind::unresolved, FailureKind::no_room, FailureKind::malformed}) {
    const Failure failure{"why", kind};
    EXPECT_EQ(failure_of(error_of(failure)), failure);
  }
}

TEST(Error, LlvmsOwnErrorsAreOfNoParticularKind) {
  const Failure failure = failure_of(llvm::createStringError("two\nlines"));
  EXPECT_EQ(failure, (Failure{"two lines", FailureKind::other}));
}

TEST(Error, ContextKeepsTheKind) {
  const Failure failure = failure_of(in_context(make_typed<Unresolved>("no symbol x"), "cannot link data: m.bc"));
  EXPECT_EQ(failure, (Failure{"cannot link data: m.bc: no symbol x", FailureKind::unresolved}));
}

TEST(Error, JoinedErrorsAreOfTheFirstOnesKind) {
  const Failure failure = failure_of(llvm::joinErrors(make_typed<NoRoom>("full"), make_typed<Refused>("bad")));
  EXPECT_EQ(failure, (Failure{"full bad", FailureKind::no_room}));
}

} // namespace
} // namespace ajit
