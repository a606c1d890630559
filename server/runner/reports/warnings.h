// What a user should know of a program's reports: one line for each kind of trouble, told once. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace powerdown {

// Kinds of trouble are ours, and few; this bounds those that hold a name of the program's.
inline constexpr size_t kMostWarnings = 64;

class Warnings {
 public:
  // The first of a kind is told; all are counted.
  void Add(std::string_view kind, std::string text);
  // Says how often what was told happened more than once: at the end.
  void AddCounts();
  std::string Take();  // the next one; empty: none

 private:
  std::map<std::string, int64_t, std::less<>> counts_;  // by kind
  std::deque<std::string> waiting_;
};

}  // namespace powerdown
