#include "server/trainer/dataset.h"

#include "common/base/status.h"

namespace powerdown {

Pairs MakePairs(const TaskTable& table, const std::vector<int32_t>& rows) {
  Pairs pairs;
  pairs.operands = table.operands;
  pairs.questions.reserve(rows.size() * static_cast<size_t>(table.operands));
  pairs.answers.reserve(rows.size());
  for (const int32_t row : rows) {
    const auto first = table.questions.begin() + row * table.operands;
    pairs.questions.insert(pairs.questions.end(), first, first + table.operands);
    pairs.answers.push_back(table.answers[static_cast<size_t>(row)]);
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

int64_t BatchSizeOf(const RunSpec& spec, const Dataset& dataset) {
  return spec.batch_size == 0 ? dataset.train.size() : spec.batch_size;
}

}  // namespace powerdown
