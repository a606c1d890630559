#include "server/rpc/runs_watch.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/rpc/run_listing.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(500);
constexpr int64_t kRunsPerMessage = 100;
// What a client that was away for long has missed is looked through in parts.
constexpr int64_t kRevisionsPerMessage = 100000;

}  // namespace

RunsWatch::RunsWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin,
                     const v1::WatchRunsRequest& request)
    : WatchStream(Rpc::kRunServiceWatchRuns, std::move(origin), pools, kPeriod, parts.clock->Now()),
      store_(*parts.store),
      feed_(*parts.feed),
      queue_(*parts.queue),
      next_revision_(request.start_revision()),
      has_all_(request.start_revision() != 0) {
  subscription_ = feed_.Subscribe([this](int64_t) { Wake(); });
}

absl::StatusOr<WatchStep> RunsWatch::Next(Instant now, bool is_message_due,
                                          v1::WatchRunsResponse& message) {
  if (next_revision_ < 0) {
    return absl::InvalidArgumentError(absl::StrCat("start_revision: value is ", next_revision_,
                                                   "; allowed: 0 (all runs first) or more"));
  }
  if (!has_all_) return NextPage(message);
  ASSIGN_OR_RETURN(const int64_t newest, store_.updates().NewestRevision());
  if (next_revision_ > newest + 1) {
    return absl::OutOfRangeError(absl::StrCat("start_revision: value is ", next_revision_,
                                              "; allowed: at most ", newest + 1,
                                              ", one after the newest revision"));
  }
  return is_message_due ? NextChanges(now, newest, message) : WatchStep::kWait;
}

absl::StatusOr<WatchStep> RunsWatch::NextPage(v1::WatchRunsResponse& message) {
  // Read before the first page: what changes during the pages is sent again after them.
  if (next_revision_ == 0) {
    ASSIGN_OR_RETURN(const int64_t newest, store_.updates().NewestRevision());
    next_revision_ = newest + 1;
  }
  ASSIGN_OR_RETURN(std::vector<Run> runs, queue_.List({.visible_to = VisibleTo(caller()),
                                                       .has_all_origins = has_own_,
                                                       .before_run_id = page_after_,
                                                       .limit = kRunsPerMessage}));
  const bool is_last = static_cast<int64_t>(runs.size()) < kRunsPerMessage;
  const std::string newest_id = runs.empty() ? "" : runs.back().run_id;
  if (has_own_) std::erase_if(runs, [](const Run& run) { return run.origin.empty(); });
  const size_t added = FillPage(runs, *message.mutable_runs(), ListedRun);
  const bool is_whole = added == runs.size();
  page_after_ = is_whole ? newest_id : runs[added - 1].run_id;
  if (is_last && is_whole) {
    has_all_ = has_own_;
    has_own_ = true;
    if (!has_all_) page_after_.clear();
  }
  message.set_has_all(has_all_);
  if (has_all_) message.set_progress_revision(next_revision_ - 1);
  return WatchStep::kSend;
}

absl::StatusOr<WatchStep> RunsWatch::NextChanges(Instant now, int64_t newest,
                                                 v1::WatchRunsResponse& message) {
  if (newest < next_revision_) {
    if (now.monotonic - last_sent_ < kProgressPeriod) return WatchStep::kWait;
  } else {
    const int64_t last = std::min(newest, next_revision_ + kRevisionsPerMessage - 1);
    ASSIGN_OR_RETURN(const std::vector<ChangedRun> changed,
                     store_.updates().ReadChangedRuns(next_revision_, last, kRunsPerMessage));
    bool is_whole = static_cast<int64_t>(changed.size()) < kRunsPerMessage;
    size_t bytes = 0;
    for (const ChangedRun& known : changed) {
      next_revision_ = known.revision + 1;
      absl::StatusOr<Run> run = queue_.Get(known.run_id);  // of no run, or deleted since: left out
      if (!run.ok()) continue;
      const std::string viewer = VisibleTo(caller());
      if (run->is_private && !viewer.empty() && run->owner != viewer) continue;
      *message.add_runs() = ListedRun(*run);
      bytes += message.runs().rbegin()->ByteSizeLong();
      if (bytes <= kMostPageBytes) continue;
      is_whole = false;
      break;
    }
    if (is_whole) next_revision_ = last + 1;
  }
  message.set_progress_revision(next_revision_ - 1);
  message.set_has_all(true);
  last_sent_ = now.monotonic;
  return WatchStep::kSend;
}

}  // namespace powerdown
