#include "client/connection/run_watching.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

constexpr absl::Duration kShortestPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
// The server sends a message at least every 3 s.
constexpr absl::Duration kLongestSilence = absl::Seconds(15);

}  // namespace

RunWatching::RunWatching(Connection::Stubs& stubs, const std::string& run_id,
                         int64_t start_revision, const Connection::OnUpdate& on_update,
                         const Connection::OnState& on_state, absl::Duration give_up_after)
    : stubs_(stubs),
      on_update_(on_update),
      on_state_(on_state),
      give_up_after_(give_up_after),
      was_ever_connected_(stubs.has_answered()),
      pause_(kShortestPause) {
  request_.set_run_id(run_id);
  request_.set_start_revision(start_revision);
}

absl::Status RunWatching::Follow() {
  for (;;) {
    grpc::Status status;
    switch (FollowOnce(status)) {
      case End::kComplete:
        return absl::OkStatus();
      case End::kRefusedByCaller:
      case End::kCancelled:
        return absl::CancelledError("the watch was cancelled");
      case End::kSilent:
        status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the daemon sent nothing");
        break;
      case End::kByServer:
        // An end without has_ended is a server that went away in mid-sentence.
        if (status.ok()) status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream ended");
        break;
    }
    const absl::Status told = stubs_.ToAbsl(status);
    const bool is_lost = IsLost(status) && !absl::IsPermissionDenied(told);
    if (!is_lost || !was_ever_connected_) return told;
    if (HasGivenUp()) {
      return absl::UnavailableError(absl::StrCat(told.message(), "; gave up after ",
                                                 absl::FormatDuration(give_up_after_),
                                                 " (--give-up); the training may go on"));
    }
    if (!Pause(told)) return absl::CancelledError("the watch was cancelled");
  }
}

RunWatching::End RunWatching::FollowOnce(grpc::Status& status) {
  WatchReader reader(stubs_.runs_.get(), request_);
  const bool may_read = stubs_.AddWatch(&reader);
  End end = may_read ? ReadAll(reader) : End::kCancelled;
  status = reader.Finish();
  stubs_.RemoveWatch(&reader);
  is_connected_ = false;
  if (end == End::kByServer && !stubs_.SleepUnlessCancelled(absl::ZeroDuration())) {
    end = End::kCancelled;
  }
  return end;
}

RunWatching::End RunWatching::ReadAll(WatchReader& reader) {
  v1::WatchRunResponse message;
  for (;;) {
    switch (reader.Take(kLongestSilence, message)) {
      case WatchReader::Outcome::kTimedOut:
        return End::kSilent;
      case WatchReader::Outcome::kEnded:
        return End::kByServer;
      case WatchReader::Outcome::kMessage:
        break;
    }
    if (!is_connected_) Tell("connected");
    is_connected_ = was_ever_connected_ = true;
    pause_ = kShortestPause;
    lost_since_.reset();
    if (!Deliver(message)) return End::kRefusedByCaller;
    if (message.has_ended()) return End::kComplete;
  }
}

bool RunWatching::Deliver(const v1::WatchRunResponse& message) {
  for (const v1::RunUpdate& wire : message.updates()) {
    const std::optional<RunUpdate> update = FromWire(wire);
    if (!update) continue;
    request_.set_start_revision(RevisionOf(*update) + 1);
    if (!on_update_(*update)) return false;
  }
  if (message.progress_revision() >= request_.start_revision()) {
    request_.set_start_revision(message.progress_revision() + 1);
  }
  return true;
}

bool RunWatching::HasGivenUp() {
  const auto now = std::chrono::steady_clock::now();
  if (!lost_since_) lost_since_ = now;
  return absl::FromChrono(now - *lost_since_) >= give_up_after_;
}

bool RunWatching::Pause(const absl::Status& lost) {
  Tell(absl::StrFormat("reconnecting in %s (%s)", absl::FormatDuration(pause_), lost.message()));
  const bool goes_on = stubs_.SleepUnlessCancelled(pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
  return goes_on;
}

void RunWatching::Tell(const std::string& state) {
  if (on_state_) on_state_(state);
}

}  // namespace powerdown
