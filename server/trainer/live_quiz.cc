#include "server/trainer/live_quiz.h"

#include <sys/resource.h>

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/trainer/network/library.h"

namespace powerdown {
namespace {

constexpr int kNice = 10;

}  // namespace

LiveQuiz::LiveQuiz(const RunSpec& spec, const Dataset& dataset, IsRequestCancelled is_cancelled,
                   SayAnswers say)
    : spec_(spec),
      dataset_(dataset),
      is_cancelled_(std::move(is_cancelled)),
      say_(std::move(say)) {}

LiveQuiz::~LiveQuiz() {
  {
    absl::MutexLock lock(&mutex_);
    ends_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void LiveQuiz::Serve(int64_t step, Training& training) {
  if (waiting_.empty()) return;
  absl::MutexLock lock(&mutex_);
  if (is_busy_) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  const absl::Span<const float> weights = training.Weights();
  batch_ = {step, {weights.begin(), weights.end()}, std::exchange(waiting_, {})};
  is_busy_ = true;
}

bool LiveQuiz::Ends() {
  absl::MutexLock lock(&mutex_);
  return ends_;
}

void LiveQuiz::Work() {
  setpriority(PRIO_PROCESS, 0, kNice);  // on Linux, of this thread alone
  FlushDenormals();                     // as in training
  for (;;) {
    Batch batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &LiveQuiz::HasWork));
      if (ends_) return;
      batch = std::exchange(batch_, Batch());
    }
    Answer(batch);
    absl::MutexLock lock(&mutex_);
    is_busy_ = false;
  }
}

void LiveQuiz::Answer(const Batch& batch) {
  const auto fail = [&](absl::Status status) {
    for (const AskCommand& ask : batch.asks) {
      AnswersLine line;
      line.request = ask.request;
      line.step = batch.step;
      line.error = status;
      say_(std::move(line));
    }
  };
  try {
    if (network_ == nullptr) {
      network_ = std::make_unique<Network>(spec_, dataset_.table, BatchSizeOf(spec_, dataset_));
    }
    network_->SetWeights(batch.weights);
  } catch (const std::exception& error) {
    return fail(absl::InternalError(absl::StrCat("cannot copy the live model: ", error.what())));
  }
  for (const AskCommand& ask : batch.asks) {
    const auto is_cancelled = [&] { return Ends() || is_cancelled_(ask.request); };
    AnswerAsk(ask, batch.step, dataset_, *network_, is_cancelled, [&](AnswersLine line) {
      // Its energy is in the run's own bill.
      line.busy = absl::ZeroDuration();
      say_(std::move(line));
    });
  }
}

}  // namespace powerdown
