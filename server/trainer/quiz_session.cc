#include "server/trainer/quiz_session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "server/trainer/checkpoint_store.h"

namespace powerdown {
namespace {

constexpr int64_t kTop = 5;

absl::StatusOr<torch::Tensor> QuestionTensor(const TaskTable& table,
                                             const std::vector<std::vector<int32_t>>& questions) {
  torch::Tensor tensor =
      torch::empty({static_cast<int64_t>(questions.size()), table.operands}, torch::kInt64);
  int64_t* next = tensor.data_ptr<int64_t>();
  for (const std::vector<int32_t>& question : questions) {
    if (static_cast<int64_t>(question.size()) != table.operands) {
      return absl::InvalidArgumentError(absl::StrCat("a question has ", question.size(),
                                                     " operands; the task has ", table.operands));
    }
    for (const int32_t symbol : question) {
      if (symbol < 0 || symbol >= table.symbols) {
        return absl::InvalidArgumentError(
            absl::StrCat(symbol, " is out of range; allowed: 0 to ", table.symbols - 1));
      }
      *next++ = symbol;
    }
  }
  return tensor;
}

QuizAnswer AnswerTo(const Dataset& dataset, const std::vector<int32_t>& question,
                    const float* probabilities, const int64_t* classes, int64_t count) {
  QuizAnswer answer;
  answer.question = QuestionText(dataset.table, question.data());
  answer.asked = question;
  answer.answer = classes[0];
  answer.probability = probabilities[0];
  for (int64_t i = 0; i < count; ++i) answer.top.push_back({classes[i], probabilities[i]});
  if (const auto row = FindQuestion(dataset.table, question.data())) {
    answer.expected = dataset.table.answers[static_cast<size_t>(*row)];
    answer.held_out =
        std::binary_search(dataset.split.validation.begin(), dataset.split.validation.end(),
                           static_cast<int32_t>(*row));
    answer.correct = answer.answer == answer.expected;
  }
  return answer;
}

}  // namespace

absl::StatusOr<std::vector<QuizAnswer>> AnswerQuestions(
    const Model& model, const Dataset& dataset,
    const std::vector<std::vector<int32_t>>& questions) {
  ASSIGN_OR_RETURN(const torch::Tensor asked, QuestionTensor(dataset.table, questions));
  const torch::NoGradGuard no_gradient;
  const torch::Tensor probabilities = model.Forward(asked.to(model.parameters()[0].value.device()))
                                          .logits.softmax(1)
                                          .to(torch::kCPU);
  const int64_t count = std::min(kTop, dataset.table.classes);
  const auto [values, classes] = probabilities.topk(count, 1);
  const float* value = values.contiguous().data_ptr<float>();
  const torch::Tensor ordered = classes.contiguous();
  const int64_t* choice = ordered.data_ptr<int64_t>();
  std::vector<QuizAnswer> answers;
  for (const std::vector<int32_t>& question : questions) {
    answers.push_back(AnswerTo(dataset, question, value, choice, count));
    value += count;
    choice += count;
  }
  return answers;
}

absl::StatusOr<QuizSession::Loaded*> QuizSession::Load(const std::string& checkpoint_file) {
  const auto found = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) {
    return loaded.file == checkpoint_file;
  });
  if (found != loaded_.end()) {
    loaded_.splice(loaded_.begin(), loaded_, found);
    return &loaded_.front();
  }
  ASSIGN_OR_RETURN(const CheckpointContent content, ReadCheckpoint(checkpoint_file));
  ASSIGN_OR_RETURN(Dataset dataset, MakeDataset(content.spec));
  auto model = std::make_unique<Model>(content.spec, dataset.table, torch::Device(torch::kCPU));
  RETURN_IF_ERROR(LoadWeights(content, *model));
  loaded_.push_front({checkpoint_file, content.step, std::move(dataset), std::move(model)});
  if (loaded_.size() > kMostLoaded) loaded_.pop_back();
  return &loaded_.front();
}

absl::StatusOr<QuizSession::Answers> QuizSession::Ask(
    const std::string& checkpoint_file, const std::vector<std::vector<int32_t>>& questions) {
  ASSIGN_OR_RETURN(Loaded * loaded, Load(checkpoint_file));
  Answers answers;
  answers.step = loaded->step;
  ASSIGN_OR_RETURN(answers.answers, AnswerQuestions(*loaded->model, loaded->dataset, questions));
  return answers;
}

}  // namespace powerdown
