#include "server/run/fair_share.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace powerdown {

void FairShare::Add(const std::string& owner, Joules energy, absl::Duration now) {
  used_[owner].Add(energy, now);
}

void FairShare::Recall(std::vector<Run> runs, Instant now) {
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return a.ended_at.value_or(absl::InfiniteFuture()) <
           b.ended_at.value_or(absl::InfiniteFuture());
  });
  for (const Run& run : runs) {
    if (!run.energy) continue;
    const absl::Duration age = now.wall - run.ended_at.value_or(now.wall);
    Add(run.owner, run.energy->gross, now.monotonic - std::max(age, absl::ZeroDuration()));
  }
}

std::vector<QueuePlace> FairShare::Order(const std::vector<QueuedRun>& queued,
                                         const std::vector<RunningRun>& running,
                                         const std::map<std::string, std::string>& held_back,
                                         QueueRules rules, absl::Duration now) const {
  std::map<std::string, UserShare> shares;
  Joules all;
  for (const auto& [owner, energy] : used_) all += shares[owner].used = energy.At(now);
  for (const RunningRun& run : running) ++shares[run.owner].running;
  for (const auto& [owner, why] : held_back) shares[owner].held_back = why;
  // A guess that makes users take turns until the meter has seen their runs.
  rules.usual_run = Joules(std::max(1.0, all.value() / 10));
  return StartOrder(queued, std::move(shares), rules);
}

std::vector<absl::Duration> ExpectedStarts(const std::vector<QueuedRun>& queued,
                                           const std::vector<QueuePlace>& order,
                                           const std::vector<RunningRun>& running,
                                           int64_t free_places) {
  std::vector<absl::Duration> ends(static_cast<size_t>(free_places), absl::ZeroDuration());
  absl::Duration slowest;
  for (const RunningRun& run : running) {
    if (!run.step) return {};
    slowest = std::max(slowest, *run.step);
    ends.push_back(*run.step * run.steps_left);
  }
  std::vector<absl::Duration> starts;
  if (ends.empty() || slowest == absl::ZeroDuration()) return starts;
  for (const QueuePlace& place : order) {
    const auto first = std::min_element(ends.begin(), ends.end());
    starts.push_back(*first);
    *first += slowest * queued[place.index].max_steps;
  }
  return starts;
}

std::map<std::string, std::string> PlaceTexts(const std::vector<QueuedRun>& queued,
                                              const std::vector<QueuePlace>& order,
                                              const std::vector<absl::Duration>& starts) {
  std::map<std::string, std::string> texts;
  for (size_t i = 0; i < order.size(); ++i) {
    std::string& text = texts[queued[order[i].index].run_id];
    text = absl::StrCat("place ", i + 1, " of ", order.size());
    if (!order[i].reason.empty()) absl::StrAppend(&text, ", ", order[i].reason);
    if (i < starts.size() && starts[i] > absl::ZeroDuration()) {
      absl::StrAppend(&text, ", starts within ",
                      absl::FormatDuration(absl::Ceil(starts[i], absl::Seconds(1))));
    }
  }
  return texts;
}

}  // namespace powerdown
