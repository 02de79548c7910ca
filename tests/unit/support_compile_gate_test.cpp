// Forks pass by threads in windows, and wait for threads inside.
#include "compile_gate.h"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <pthread.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ajit {
namespace {

using namespace std::chrono_literals;

/// Whether `gate` can be closed within some time; opens it again.
bool closes(CompileGate& gate, bool windows_too = false) {
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    gate.close(windows_too);
    closed = true;
    gate.open();
  });
  for (int i = 0; i != 200 && !closed; ++i)
    std::this_thread::sleep_for(1ms);
  const bool in_time = closed;
  closer.detach();
  return in_time;
}

/// Runs `body` on a thread of its own, up to a call of `pause`, until it is told to go on.
class Paused {
public:
  template <typename Body> explicit Paused(Body body) {
    thread_ = std::thread([this, body] {
      body([this] {
        there_ = true;
        while (!go_)
          std::this_thread::yield();
      });
    });
    while (!there_)
      std::this_thread::yield();
  }
  ~Paused() {
    go_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> there_{false}, go_{false};
  std::thread thread_;
};

CompileGate& gate() { return CompileGate::of_process(); }

TEST(CompileGate, AForkWaitsForThoseInside) {
  std::atomic<bool> closed{false};
  std::thread closer;
  {
    Paused inside([](auto pause) {
      const CompileGate::Inside here;
      pause();
    });
    closer = std::thread([&] {
      gate().close();
      closed = true;
      gate().open();
    });
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(closed);
  }
  closer.join();
  EXPECT_TRUE(closed);
}

TEST(CompileGate, AForkPassesByThoseInWindows) {
  Paused compile([](auto pause) {
    const CompileGate::Inside here;
    const CompileGate::Inside nested;
    const CompileGate::Window window;
    EXPECT_TRUE(CompileGate::this_thread_inside());
    pause();
  });
  EXPECT_TRUE(closes(gate()));
}

TEST(CompileGate, AForkWithoutHandlersWaitsForWindowsToo) {
  std::atomic<bool> closed{false};
  std::thread closer;
  {
    Paused compile([](auto pause) {
      const CompileGate::Inside here;
      const CompileGate::Window window;
      pause();
      std::mutex any;
      const std::lock_guard lock(any); // goes inside, though the gate is closed for others
    });
    closer = std::thread([&] {
      gate().close(/*windows_too=*/true);
      closed = true;
      gate().open();
    });
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(closed);
  }
  closer.join();
  EXPECT_TRUE(closed);
}

TEST(CompileGate, AWindowHoldsAfterAJumpOutOfAnInside) {
  std::thread([] {
    {
      const CompileGate::Inside here;
      const CompileGate::Window window;
      gate().enter(); // as if a jump skipped the leave()
    }
    EXPECT_FALSE(CompileGate::this_thread_inside());
  }).join();
  EXPECT_TRUE(closes(gate()));
}

TEST(CompileGate, LocksInWindowsAreTakenInside) {
  const auto fork_is_held = [](auto take) {
    std::atomic<bool> closed{false};
    std::thread closer;
    {
      Paused compile([&](auto pause) {
        const CompileGate::Inside here;
        const CompileGate::Window window;
        take(pause);
      });
      closer = std::thread([&] {
        gate().close();
        closed = true;
        gate().open();
      });
      std::this_thread::sleep_for(20ms);
      EXPECT_FALSE(closed);
    }
    closer.join();
  };
  std::mutex mutex;
  fork_is_held([&](auto pause) {
    const std::lock_guard lock(mutex);
    pause();
  });
  fork_is_held([&](auto pause) {
    const std::unique_lock lock(mutex, std::try_to_lock);
    pause();
  });
  pthread_rwlock_t words = PTHREAD_RWLOCK_INITIALIZER;
  fork_is_held([&](auto pause) {
    pthread_rwlock_rdlock(&words);
    pause();
    pthread_rwlock_unlock(&words);
  });
  fork_is_held([&](auto pause) {
    struct Held {
      explicit Held(decltype(pause)& wait) { wait(); }
    };
    static const Held held(pause);
    static_cast<void>(held);
  });
}

TEST(CompileGate, ChildrenCanTakeWhatAThreadInAWindowTakesAllTheTime) {
  static std::recursive_mutex mutex;
  static pthread_rwlock_t words = PTHREAD_RWLOCK_INITIALIZER;
  std::atomic<bool> stop{false};
  std::thread compile([&] {
    const CompileGate::Inside here;
    const CompileGate::Window window;
    while (!stop) {
      const std::lock_guard lock(mutex);
      pthread_rwlock_rdlock(&words);
      pthread_rwlock_unlock(&words);
    }
  });
  int good = 0;
  constexpr int forks = 300;
  for (int i = 0; i != forks; ++i) {
    gate().close();
    const pid_t child = fork();
    if (child == 0) {
      gate().reset_after_fork();
      alarm(20); // instead of a hang
      const std::lock_guard lock(mutex);
      _exit(pthread_rwlock_wrlock(&words));
    }
    gate().open();
    int status = 0;
    waitpid(child, &status, 0);
    good += status == 0 ? 1 : 0;
  }
  stop = true;
  compile.join();
  EXPECT_EQ(good, forks);
}

} // namespace
} // namespace ajit
