//===- link_shared_object_test.cpp - Objects made for the dynamic linker ------------------------------------------===//
#include "thread_local_library.h"

#include <cstring>
#include <dlfcn.h>
#include <future>
#include <gtest/gtest.h>
#include <thread>

extern "C" void* __tls_get_addr(unsigned long* index);

namespace ajit {
namespace {

SharedObject object_with(const std::vector<long>& values, uint64_t size, const char* name) {
  SharedObject object;
  object.thread_local_values.resize(values.size() * sizeof(long));
  std::memcpy(object.thread_local_values.data(), values.data(), object.thread_local_values.size());
  object.thread_local_size = size;
  object.thread_local_alignment = 16;
  object.symbols.push_back({name, 8, 8, /*is_thread_local=*/true});
  return object;
}

long* in_this_thread(const LoadedThreadLocals& loaded, unsigned long offset) {
  unsigned long index[2] = {loaded.module, offset};
  return static_cast<long*>(__tls_get_addr(index));
}

TEST(SharedObject, EachThreadHasItsOwnVariablesWithTheirInitialValues) {
  auto loaded = load_thread_locals(object_with({5, 7}, 100000, "ajit_test_large"), RTLD_NOW | RTLD_GLOBAL);
  ASSERT_TRUE(static_cast<bool>(loaded));
  EXPECT_FALSE(loaded->distance);
  auto use = [&] {
    EXPECT_EQ(*in_this_thread(*loaded, 0), 5);
    EXPECT_EQ(*in_this_thread(*loaded, 8), 7);
    EXPECT_EQ(*in_this_thread(*loaded, 99992), 0);
    EXPECT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_large"), in_this_thread(*loaded, 8));
    *in_this_thread(*loaded, 8) = 9;
  };
  use();
  std::thread(use).join();
  EXPECT_EQ(*in_this_thread(*loaded, 8), 9);
}

TEST(SharedObject, AFixedDistanceHoldsInThreadsThatRanBefore) {
  std::promise<LoadedThreadLocals> promise;
  auto earlier = std::async(std::launch::async, [future = promise.get_future()]() mutable {
    const LoadedThreadLocals loaded = future.get();
    char* self = nullptr;
    asm("movq %%fs:0, %0" : "=r"(self));
    long* mine = in_this_thread(loaded, 8);
    return reinterpret_cast<char*>(mine) == self + *loaded.distance + 8 && *mine == 7;
  });
  SharedObject object = object_with({5, 7}, 64, "ajit_test_small");
  object.at_fixed_distance = true;
  auto loaded = load_thread_locals(object, RTLD_NOW);
  ASSERT_TRUE(static_cast<bool>(loaded));
  ASSERT_TRUE(loaded->distance);
  promise.set_value(*loaded);
  EXPECT_TRUE(earlier.get());
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "ajit_test_small"), nullptr); // not global
  EXPECT_EQ(dlclose(loaded->handle), 0);
}

TEST(SharedObject, AFixedDistanceIsRefusedWhereThereIsNoRoom) {
  SharedObject object = object_with({1, 2}, 1 << 20, "ajit_test_no_room");
  object.at_fixed_distance = true;
  auto loaded = load_thread_locals(object, RTLD_NOW);
  ASSERT_FALSE(static_cast<bool>(loaded));
  EXPECT_NE(llvm::toString(loaded.takeError()).find("static TLS"), std::string::npos);
}

} // namespace
} // namespace ajit
