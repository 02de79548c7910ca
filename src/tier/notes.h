//===- notes.h - Reasons that statistics show, by what they are about ---------------------------------------------===//
#pragma once

#include <map>
#include <new>
#include <string>

namespace ajit {

/// Replaces the note on `key`. Without memory for it the statistics lack a reason, and the program goes on.
template <typename Key> void keep_note(std::map<Key, std::string>& notes, const Key& key, std::string text) noexcept {
  try {
    notes.insert_or_assign(key, std::move(text));
  } catch (const std::bad_alloc&) {
    return;
  }
}

} // namespace ajit
