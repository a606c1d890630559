// Answers questions to the model in training, from a copy of its weights, on a thread of its own
// with lower priority: training pays for the copy and is not touched otherwise. For one thread, the
// one that trains.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/run/worker_lines.h"
#include "server/trainer/answering.h"
#include "server/trainer/dataset.h"
#include "server/trainer/network/network.h"
#include "server/trainer/network/training.h"

namespace powerdown {

class LiveQuiz {
 public:
  using IsRequestCancelled = std::function<bool(int64_t request)>;

  // `dataset` must outlive it; `is_cancelled` and `say` are called on its thread.
  LiveQuiz(const RunSpec& spec, const Dataset& dataset, IsRequestCancelled is_cancelled,
           SayAnswers say);
  ~LiveQuiz();  // drops the questions that still wait

  void Take(AskCommand ask) { waiting_.push_back(std::move(ask)); }
  // Between two steps. Waiting questions are answered from the weights of this step, unless earlier
  // questions are still being answered: then they wait on, so that there is never more than one
  // copy.
  void Serve(int64_t step, Training& training);

 private:
  struct Batch {
    int64_t step = 0;
    std::vector<float> weights;
    std::vector<AskCommand> asks;
  };
  void Work();
  void Answer(const Batch& batch);
  bool Ends();
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ends_ || is_busy_; }

  const RunSpec spec_;
  const Dataset& dataset_;
  const IsRequestCancelled is_cancelled_;
  const SayAnswers say_;
  std::vector<AskCommand> waiting_;
  std::unique_ptr<Network> network_;  // of the thread
  absl::Mutex mutex_;
  Batch batch_ ABSL_GUARDED_BY(mutex_);
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool ends_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace powerdown
