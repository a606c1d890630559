// What happened in a simulation: its last steps as text, and a hash of all of them. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace powerdown {

inline uint64_t HashText(std::string_view text, uint64_t hash = 14695981039346656037u) {
  for (const char symbol : text) {  // FNV-1a
    hash = (hash ^ static_cast<uint8_t>(symbol)) * 1099511628211u;
  }
  return hash;
}

class Trace {
 public:
  explicit Trace(bool is_printed) : is_printed_(is_printed) {}
  void Note(std::string text) {
    hash_ = HashText(text, hash_);
    if (is_printed_) std::printf("%s\n", text.c_str());
    last_.push_back(std::move(text));
    if (last_.size() > kKept) last_.pop_front();
  }
  uint64_t hash() const { return hash_; }
  const std::deque<std::string>& last() const { return last_; }

 private:
  static constexpr size_t kKept = 60;
  const bool is_printed_;
  uint64_t hash_ = HashText("");
  std::deque<std::string> last_;
};

}  // namespace powerdown
