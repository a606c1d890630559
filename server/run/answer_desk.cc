#include "server/run/answer_desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr size_t kCancelBytes = 64;

template <typename Value>
void MoveOnto(std::vector<Value>& all, std::vector<Value>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
  more.clear();
}

}  // namespace

void AnswerSlot::Put(AnswersLine line) {
  absl::MutexLock lock(&mutex_);
  if (IsOver()) return;
  if (!line.error.ok()) failure_ = line.error;
  MoveOnto(sheet_.answers, line.answers);
  if (line.grid.symbols > 0) sheet_.grid.symbols = line.grid.symbols;
  MoveOnto(sheet_.grid.answers, line.grid.answers);
  MoveOnto(sheet_.grid.expected, line.grid.expected);
  MoveOnto(sheet_.grid.origins, line.grid.origins);
  MoveOnto(sheet_.grid.confidences, line.grid.confidences);
  is_whole_ = !line.has_more;
  sheet_.last = std::move(line);
}

void AnswerSlot::Fail(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  if (!IsOver()) failure_ = std::move(status);
}

void AnswerSlot::Cancel() {
  Fail(absl::CancelledError("the client has disconnected"));
  absl::MutexLock lock(&mutex_);
  is_cancelled_ = true;
}

bool AnswerSlot::Reopen() {
  absl::MutexLock lock(&mutex_);
  sheet_ = Sheet();
  is_whole_ = false;
  failure_ = is_cancelled_ ? absl::CancelledError("the client has disconnected") : absl::OkStatus();
  return !is_cancelled_;
}

absl::StatusOr<AnswerSlot::Sheet> AnswerSlot::Await(absl::Duration deadline) {
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithTimeout(absl::Condition(this, &AnswerSlot::IsOver), deadline)) {
    failure_ = absl::DeadlineExceededError(
        absl::StrCat("no answer within ", absl::FormatDuration(deadline)));
  }
  Sheet sheet = std::move(sheet_);
  sheet_ = Sheet();
  if (!failure_.ok()) return failure_;
  return sheet;
}

absl::StatusOr<AskCommand> AnswerDesk::Open(const std::string& worker, AskCommand command,
                                            std::shared_ptr<AnswerSlot> slot) {
  absl::MutexLock lock(&mutex_);
  command.request = next_request_;
  Entry entry{worker, std::move(slot), FormatCommand(WorkerCommand(command)).size() + kCancelBytes};
  size_t bytes = entry.bytes;
  for (const auto& [request, other] : entries_) bytes += other.worker == worker ? other.bytes : 0;
  if (bytes > kMostOwedBytes) {
    return absl::ResourceExhaustedError("too many questions wait for answers; ask again later");
  }
  entries_[next_request_++] = std::move(entry);
  return command;
}

void AnswerDesk::Deliver(AnswersLine line) {
  std::shared_ptr<AnswerSlot> slot;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(line.request);
    if (found == entries_.end()) return;
    slot = found->second.slot;
    if (!line.has_more) entries_.erase(found);
  }
  slot->Put(std::move(line));
}

void AnswerDesk::FailAll(const std::string& worker, const absl::Status& status) {
  std::vector<std::shared_ptr<AnswerSlot>> slots;
  {
    absl::MutexLock lock(&mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (entry->second.worker != worker) {
        ++entry;
        continue;
      }
      slots.push_back(std::move(entry->second.slot));
      entry = entries_.erase(entry);
    }
  }
  for (const auto& slot : slots) slot->Fail(status);
}

size_t AnswerDesk::owed(const std::string& worker) const {
  absl::MutexLock lock(&mutex_);
  return static_cast<size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [&](const auto& entry) { return entry.second.worker == worker; }));
}

}  // namespace powerdown
