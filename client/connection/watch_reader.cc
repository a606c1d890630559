#include "client/connection/watch_reader.h"

#include <utility>

namespace powerdown {

WatchReader::WatchReader(v1::RunService::Stub* stub, const v1::WatchRunRequest& request)
    : request_(request) {
  stub->async()->WatchRun(&context_, &request_, this);
  AddHold();
  StartRead(&incoming_);
  StartCall();
}

WatchReader::Outcome WatchReader::Take(absl::Duration limit, v1::WatchRunResponse& message) {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Condition is_ready(this, &WatchReader::HasMessageOrIsDone);
    if (!mutex_.AwaitWithTimeout(is_ready, limit)) return Outcome::kTimedOut;
    if (!has_message_) return Outcome::kEnded;
    has_message_ = false;
    message.Swap(&incoming_);
  }
  StartRead(&incoming_);
  return Outcome::kMessage;
}

grpc::Status WatchReader::Finish() {
  context_.TryCancel();
  ReleaseHold();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &WatchReader::IsDone));
  return *status_;
}

void WatchReader::OnReadDone(bool ok) {
  if (!ok) return ReleaseHold();
  absl::MutexLock lock(&mutex_);
  has_message_ = true;
}

void WatchReader::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
}

void WatchReader::ReleaseHold() {
  {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(has_hold_, false)) return;
  }
  RemoveHold();
}

}  // namespace powerdown
