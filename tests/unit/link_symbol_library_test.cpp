//===- link_symbol_library_test.cpp - Names for addresses in memory -----------------------------------------------===//
#include "symbol_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ajit {
namespace {

TEST(SymbolLibrary, TheDynamicLinkerFindsEachNameAtItsAddress) {
  static int values[1000];
  std::vector<AddressedSymbol> symbols;
  for (int i = 0; i != 1000; ++i)
    symbols.push_back({fmt::format("ajit_test_symbol_{}", i), &values[i]});
  ASSERT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_symbol_0"), nullptr);
  ASSERT_FALSE(load_symbol_library(symbols));
  for (int i = 0; i != 1000; ++i)
    EXPECT_EQ(dlsym(RTLD_DEFAULT, symbols[static_cast<std::size_t>(i)].name.c_str()), &values[i]);
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_symbol_"), nullptr);
}

TEST(SymbolLibrary, TheFirstOfSeveralThatHaveANameIsTheOne) {
  static int first, second;
  ASSERT_FALSE(load_symbol_library({{"ajit_test_twice", &first}}));
  ASSERT_FALSE(load_symbol_library({{"ajit_test_twice", &second}, {"ajit_test_once", &second}}));
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_twice"), &first);
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_once"), &second);
}

TEST(SymbolLibrary, MayBeEmpty) { EXPECT_FALSE(load_symbol_library({})); }

} // namespace
} // namespace ajit
