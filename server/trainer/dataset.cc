#include "server/trainer/dataset.h"

#include "common/base/status.h"

namespace powerdown {
Pairs MakePairs(const TaskTable& table, const std::vector<int32_t>& rows) {
  const auto count = static_cast<int64_t>(rows.size());
  Pairs pairs{torch::empty({count, table.operands}, torch::kInt64),
              torch::empty({count}, torch::kInt64)};
  int64_t* questions = pairs.questions.data_ptr<int64_t>();
  int64_t* answers = pairs.answers.data_ptr<int64_t>();
  for (const int32_t row : rows) {
    for (int64_t i = 0; i < table.operands; ++i) {
      *questions++ = table.questions[static_cast<size_t>(row * table.operands + i)];
    }
    *answers++ = table.answers[static_cast<size_t>(row)];
  }
  return pairs;
}

absl::StatusOr<Dataset> MakeDataset(const RunSpec& spec) {
  Dataset dataset;
  ASSIGN_OR_RETURN(dataset.table, MakeTask(spec));
  RETURN_IF_ERROR(ValidateSpec(spec, dataset.table));
  dataset.split = MakeSplit(dataset.table, spec);
  TaskTable noisy = dataset.table;
  ApplyLabelNoise(noisy, dataset.split, spec);
  dataset.train = MakePairs(noisy, dataset.split.train);
  dataset.validation = MakePairs(dataset.table, dataset.split.validation);
  return dataset;
}

}  // namespace powerdown
