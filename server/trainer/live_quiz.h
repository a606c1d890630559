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

namespace powerdown {

class LiveQuiz {
 public:
  using IsRequestCancelled = std::function<bool(int64_t request)>;

  // `dataset` must outlive it; `is_cancelled` and `say` are called on its thread.
  LiveQuiz(const RunSpec& spec, const Dataset& dataset, IsRequestCancelled is_cancelled,
           SayAnswers say);
  ~LiveQuiz();  // what is not yet answered is not answered

  void Take(AskCommand ask) { waiting_.push_back(std::move(ask)); }
  // Between two steps. What waits is answered from these weights, unless earlier questions still
  // are: then it waits on, so that there is never more than one copy.
  void Serve(int64_t step, const torch::Tensor& weights);

 private:
  struct Batch {
    int64_t step = 0;
    torch::Tensor weights;  // empty: there is nothing to answer
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
  std::unique_ptr<Model> model_;    // of the thread
  std::unique_ptr<Engine> engine_;  // of the thread
  absl::Mutex mutex_;
  Batch batch_ ABSL_GUARDED_BY(mutex_);
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool ends_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace powerdown
