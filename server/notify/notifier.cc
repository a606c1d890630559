#include "server/notify/notifier.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/json.h"
#include "common/base/json_fwd.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run.h"
#include "common/run/run_enums.h"

namespace powerdown {
namespace {

constexpr absl::Duration kShortestPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(5);
constexpr absl::Duration kGivenUpAfter = absl::Hours(24);
constexpr int64_t kUpdatesPerRead = 1000;
// Held in memory; further events stay in the store until there is room.
constexpr size_t kMostWaiting = 1000;
constexpr char kCounter[] = "notified_revision";

bool IsTold(EventKind kind) {
  switch (kind) {
    case EventKind::kGrokked:
    case EventKind::kStopped:
    case EventKind::kFailed:
    case EventKind::kBudget:
    case EventKind::kGap:
    case EventKind::kSensorLost:
    case EventKind::kSensorBack:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string NoticeText(const Notice& notice) {
  Json json = {{"id", notice.id},
               {"event", notice.event},
               {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", notice.time, absl::UTCTimeZone())},
               {"message", notice.message}};
  if (!notice.run_id.empty()) {
    json["run_id"] = notice.run_id;
    json["name"] = notice.run_name;
    json["owner"] = notice.owner;
  }
  if (notice.step) json["step"] = *notice.step;
  return JsonText(json);
}

Notifier::Notifier(Store* store, absl::Duration idle_after, SendNotice send, TellProblem tell)
    : store_(store),
      idle_after_(idle_after),
      send_(std::move(send)),
      tell_(std::move(tell)),
      pause_(kShortestPause) {}

void Notifier::Deliver(absl::Time now, bool is_idle) {
  NoteIdle(now, is_idle);
  if (const absl::Status read = ReadEvents(); !read.ok()) {
    return tell_(Concat("notices are delayed: ", StdView(read.message())));
  }
  // A clock that was set back makes no notice late, and no failure old.
  next_try_ = std::min(next_try_, now + kLongestPause);
  if (first_failure_) first_failure_ = std::min(*first_failure_, now);
  if (idle_since_) idle_since_ = std::min(*idle_since_, now);
  if (now < next_try_) return;
  while (!waiting_.empty() && SendFirst(now)) {
  }
}

absl::Status Notifier::ReadEvents() {
  if (!next_revision_) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> told, store_->counters().Find(kCounter));
    // What happened before notices were asked for is not news.
    ASSIGN_OR_RETURN(const int64_t newest, store_->updates().NewestRevision());
    if (!told) RETURN_IF_ERROR(store_->counters().Put(kCounter, newest));
    next_revision_ = told.value_or(newest) + 1;
  }
  while (waiting_.size() < kMostWaiting) {
    ASSIGN_OR_RETURN(const std::vector<RunUpdate> updates,
                     store_->updates().Read("", *next_revision_, kUpdatesPerRead));
    for (const RunUpdate& update : updates) {
      next_revision_ = RevisionOf(update) + 1;
      const auto* event = std::get_if<RunEvent>(&update);
      if (event == nullptr || !IsTold(event->kind.value())) continue;
      Notice notice{.id = absl::StrCat("event-", event->revision),
                    .event = std::string(event->kind.name()),
                    .message = event->message,
                    .step = event->step,
                    .time = event->time};
      if (!event->run_id.empty()) {
        const absl::StatusOr<Run> run = store_->runs().Get(event->run_id);
        // Deleted since; or recorded or imported: it happened elsewhere.
        if (!run.ok() || !run->origin.empty()) continue;
        notice.run_id = event->run_id;
        notice.run_name = run->name;
        notice.owner = run->owner;
      }
      waiting_.push_back({std::move(notice), event->revision});
    }
    if (static_cast<int64_t>(updates.size()) < kUpdatesPerRead) break;
  }
  return absl::OkStatus();
}

void Notifier::NoteIdle(absl::Time now, bool is_idle) {
  if (!is_idle) {
    idle_since_.reset();
    has_told_idle_ = false;
    return;
  }
  if (!idle_since_) idle_since_ = now;
  if (has_told_idle_ || now - *idle_since_ < idle_after_) return;
  has_told_idle_ = true;
  waiting_.push_back({Notice{.id = absl::StrCat("idle-", absl::ToUnixMicros(*idle_since_)),
                             .event = "idle",
                             .message = Concat("no run was running or queued for ",
                                               absl::FormatDuration(idle_after_)),
                             .time = now},
                      0});
}

bool Notifier::SendFirst(absl::Time now) {
  const Waiting& first = waiting_.front();
  const absl::Status sent = send_(first.notice);
  if (!sent.ok()) {
    if (!first_failure_) first_failure_ = now;
    if (now - *first_failure_ < kGivenUpAfter) {
      tell_(Concat("notice ", first.notice.id, " not delivered: ", StdView(sent.message()),
                   "; next try in ", absl::FormatDuration(pause_)));
      next_try_ = now + pause_;
      pause_ = std::min(pause_ * 2, kLongestPause);
      return false;
    }
    tell_(Concat("notice ", first.notice.id,
                 " dropped after a day of failed deliveries: ", StdView(sent.message())));
  }
  first_failure_.reset();
  pause_ = kShortestPause;
  // Kept after it was sent: a crash in between sends it again.
  if (first.revision > 0) {
    if (const absl::Status kept = store_->counters().Put(kCounter, first.revision); !kept.ok()) {
      tell_(Concat("notice ", first.notice.id, " may be sent twice: ", StdView(kept.message())));
    }
  }
  waiting_.pop_front();
  return true;
}

}  // namespace powerdown
