#include "server/run/worker_devices.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hot_mutex.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"

namespace powerdown {
namespace {

// The line of --devices: {"devices":["cpu"]}. Nullopt for any other.
std::optional<std::vector<std::string>> DevicesIn(const std::string& line) {
  const absl::StatusOr<Json> json = ParseJsonObject(line);
  if (!json.ok()) return std::nullopt;
  JsonReader reader(*json);
  std::vector<std::string> devices;
  for (const Json& device : reader.Array("devices")) {
    if (!device.is_string()) return std::nullopt;
    devices.push_back(device.get<std::string>());
  }
  if (!reader.status().ok()) return std::nullopt;
  return devices;
}

}  // namespace

// Lives until the worker's thread has ended: whoever lets go of it last waits for that.
class WorkerDevices::Question : public WorkerObserver {
 public:
  void Ask(const Start& start) {
    absl::StatusOr<std::unique_ptr<Worker>> worker = start(this);
    absl::MutexLock lock(&mutex_);
    if (worker.ok()) {
      worker_ = *std::move(worker);
    } else {
      answer_ = worker.status();
    }
  }
  // Nullopt: not yet.
  std::optional<absl::StatusOr<std::vector<std::string>>> Await(absl::Duration longest) {
    absl::MutexLock lock(&mutex_);
    const auto is_answered = [this] {
      mutex_.AssertHeld();
      return answer_.has_value();
    };
    mutex_.AwaitWithTimeout(absl::Condition(&is_answered), longest);
    return answer_;
  }
  bool has_failed() {
    absl::MutexLock lock(&mutex_);
    return answer_ && !answer_->ok();
  }

  void OnLine(const std::string& line) override {
    std::optional<std::vector<std::string>> devices = DevicesIn(line);
    absl::MutexLock lock(&mutex_);
    if (devices && !answer_) answer_ = *std::move(devices);
  }
  void OnExit(const WorkerExit& exit) override {
    absl::MutexLock lock(&mutex_);
    if (answer_) return;
    answer_ = absl::UnavailableError(absl::StrCat(
        "the worker program did not say which devices there are: it ", exit.description));
  }

 private:
  absl::Mutex mutex_;
  std::optional<absl::StatusOr<std::vector<std::string>>> answer_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Worker> worker_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::vector<std::string>> WorkerDevices::Get() {
  MayWait();
  std::shared_ptr<Question> question;
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    is_new = question_ == nullptr || question_->has_failed();
    if (is_new) question_ = std::make_shared<Question>();
    question = question_;
  }
  if (is_new) question->Ask(start_);
  auto answer = question->Await(longest_answer_);
  if (answer) return *std::move(answer);
  return absl::UnavailableError(
      "the worker program has not said yet which devices there are; try again");
}

}  // namespace powerdown
