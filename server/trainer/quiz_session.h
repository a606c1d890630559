// Answers questions from weights: a checkpoint's, or a live model's. Not thread-safe.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run.h"
#include "server/trainer/dataset.h"
#include "server/trainer/model.h"

namespace powerdown {

// One answer a question. InvalidArgument if a question has the wrong number of operands or symbols.
absl::StatusOr<std::vector<QuizAnswer>> AnswerQuestions(
    const Model& model, const Dataset& dataset, const std::vector<std::vector<int32_t>>& questions);

// Checkpoints loaded from files, the last few kept.
class QuizSession {
 public:
  struct Answers {
    int64_t step = 0;
    std::vector<QuizAnswer> answers;
  };
  // DataLoss for a damaged checkpoint.
  absl::StatusOr<Answers> Ask(const std::string& checkpoint_file,
                              const std::vector<std::vector<int32_t>>& questions);

 private:
  struct Loaded {
    std::string file;
    int64_t step = 0;
    Dataset dataset;
    std::unique_ptr<Model> model;
  };
  absl::StatusOr<Loaded*> Load(const std::string& checkpoint_file);

  static constexpr size_t kMostLoaded = 4;
  std::list<Loaded> loaded_;  // last used first
};

}  // namespace powerdown
