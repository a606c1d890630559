#include "server/runner/reports/warnings.h"

#include <utility>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {

void Warnings::Add(std::string_view kind, std::string text) {
  const auto found = counts_.find(kind);
  if (found != counts_.end()) {
    ++found->second;
  } else if (counts_.size() < kMostWarnings) {
    counts_.emplace(kind, 1);
    waiting_.push_back(std::move(text));
  }
}

void Warnings::AddCounts() {
  for (const auto& [kind, count] : counts_) {
    if (count > 1) waiting_.push_back(Concat(kind, ": ", CountText(count), " in all"));
  }
  for (auto& [kind, count] : counts_) count = 1;
}

std::string Warnings::Take() {
  if (waiting_.empty()) return "";
  std::string first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

}  // namespace powerdown
