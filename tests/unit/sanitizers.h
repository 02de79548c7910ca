//===- sanitizers.h - Whether this build of the tests is a sanitizer's --------------------------------------------===//
#pragma once

namespace ajit {

/// Then compiles stay on the caller's stack, operator new does not ask its handler, a forked child starts no threads
/// (ThreadSanitizer), and what lives to the end is judged as leaked (LeakSanitizer).
inline constexpr bool sanitized =
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    true;
#else
    false;
#endif

} // namespace ajit
