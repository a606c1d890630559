#include "server/run/queue_order.h"

#include <cmath>
#include <deque>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

// A user's queued runs: indices, the highest priority first, then the oldest.
using Line = std::deque<size_t>;

std::map<std::string, Line> LinesByOwner(const std::vector<QueuedRun>& queued) {
  std::map<std::string, Line> lines;
  for (size_t i = 0; i < queued.size(); ++i) {
    Line& line = lines[queued[i].owner];
    auto place = line.end();
    while (place != line.begin() && queued[*std::prev(place)].priority < queued[i].priority) {
      --place;
    }
    line.insert(place, i);
  }
  return lines;
}

}  // namespace

void RecentEnergy::Add(Joules energy, absl::Duration now) {
  energy_ = At(now) + energy;
  at_ = now;
}

Joules RecentEnergy::At(absl::Duration now) const {
  return energy_ * std::exp2(-absl::FDivDuration(now - at_, kHalfLife));
}

std::vector<QueuePlace> StartOrder(const std::vector<QueuedRun>& queued,
                                   std::map<std::string, UserShare> shares,
                                   const QueueRules& rules) {
  std::map<std::string, Line> lines = LinesByOwner(queued);
  const auto is_full = [&](const std::string& owner) {
    return rules.most_running_per_user > 0 && shares[owner].running >= rules.most_running_per_user;
  };
  const auto is_held = [&](const std::string& owner) {
    return is_full(owner) || !shares[owner].held_back.empty();
  };
  // Whether `a` goes before `b`.
  const auto goes_first = [&](const std::string& a, const std::string& b) {
    if (is_held(a) != is_held(b)) return is_held(b);
    const QueuedRun& first = queued[lines[a].front()];
    const QueuedRun& second = queued[lines[b].front()];
    if (first.priority != second.priority) return first.priority > second.priority;
    if (shares[a].used != shares[b].used) return shares[a].used < shares[b].used;
    return lines[a].front() < lines[b].front();
  };
  std::vector<QueuePlace> order;
  int64_t free_places = rules.free_places;
  while (!lines.empty()) {
    auto best = lines.begin();
    for (auto line = std::next(best); line != lines.end(); ++line) {
      if (goes_first(line->first, best->first)) best = line;
    }
    const std::string owner = best->first;
    QueuePlace place{best->second.front(), ""};
    if (!shares[owner].held_back.empty()) {
      place.reason = shares[owner].held_back;
    } else if (is_full(owner)) {
      place.reason = absl::StrCat("user ", owner, " runs ", shares[owner].running,
                                  " already; at most ", rules.most_running_per_user, " a user");
    } else if (free_places <= 0) {
      place.reason = order.empty() ? "waits for a free worker"
                                   : absl::StrCat("waits behind ", order.size(), " in the queue");
    } else {
      --free_places;
    }
    UserShare& share = shares[owner];
    if (place.reason.empty()) ++share.running;
    share.used += rules.usual_run;
    best->second.pop_front();
    if (best->second.empty()) lines.erase(best);
    order.push_back(std::move(place));
  }
  return order;
}

}  // namespace powerdown
