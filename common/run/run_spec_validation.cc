// What the fields of a spec demand of each other.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_memory.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

absl::Status CheckFields(const RunSpec& spec) {
  RunSpec read_back;
  for (const SpecField& field : SpecFields()) {
    RETURN_IF_ERROR(SetSpecField(read_back, field.name, SpecFieldText(spec, field)));
  }
  return absl::OkStatus();
}

absl::Status CheckHeads(const RunSpec& spec) {
  if (spec.model != "transformer" || spec.width % spec.heads == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("heads: ", spec.heads, " is out of range; allowed: a divisor of width, ", spec.width));
}

absl::Status CheckNetwork(const RunSpec& spec) {
  const RunSpec standard;
  if (spec.model == "transformer") return absl::OkStatus();
  if (spec.layer_norm != standard.layer_norm || spec.position != standard.position) {
    const bool is_norm = spec.layer_norm != standard.layer_norm;
    return absl::InvalidArgumentError(Concat(is_norm ? "layer_norm" : "position", ": ",
                                             is_norm ? spec.layer_norm : spec.position,
                                             " is for transformers; allowed for ", spec.model, ": ",
                                             is_norm ? standard.layer_norm : standard.position));
  }
  if (spec.model == "quadratic" && spec.layers != 1) {
    return absl::InvalidArgumentError(
        Concat("layers: ", spec.layers, " is out of range; allowed for quadratic: 1"));
  }
  return absl::OkStatus();
}

absl::Status CheckUnordered(const RunSpec& spec, const TaskTable& table) {
  if (spec.split != "unordered" || table.operands == 2) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat("split: unordered is for tasks of 2 operands, this has ",
                                           table.operands, "; allowed: random"));
}

// Without drawing a split that may have a million rows, where its size is known.
int64_t TrainPairs(const RunSpec& spec, const TaskTable& table) {
  if (spec.split == "random") {
    return std::llround(spec.train_fraction * static_cast<double>(table.size()));
  }
  return static_cast<int64_t>(MakeSplit(table, spec).train.size());
}

absl::Status CheckSplit(const RunSpec& spec, const TaskTable& table, int64_t pairs) {
  if (pairs < 1 || pairs >= table.size()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "train_fraction: %g is out of range; allowed: a share that leaves at least one of the "
        "%d pairs on each side",
        spec.train_fraction, table.size()));
  }
  if (spec.batch_size > pairs) {
    return absl::InvalidArgumentError(Concat("batch_size: ", spec.batch_size,
                                             " is out of range; allowed: full, or 1 to ", pairs,
                                             ", the number of training pairs"));
  }
  return absl::OkStatus();
}

absl::Status CheckMemory(const RunSpec& spec, const TaskTable& table, int64_t pairs) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  const MemoryNeed need = MemoryOf(spec, table, pairs);
  const double bytes = need.step + need.evaluation + need.state;
  if (bytes <= kMostActivationBytes) return absl::OkStatus();
  const int64_t batch = spec.batch_size == 0 ? pairs : spec.batch_size;
  const double left = kMostActivationBytes - need.evaluation - need.state;
  const auto most = static_cast<int64_t>(left / need.step * static_cast<double>(batch));
  if (most < 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "width: this network on %d symbols needs %.1f GiB besides the pairs of a step; allowed: up "
        "to %.0f GiB; try a smaller width, hidden or table",
        table.symbols, (need.evaluation + need.state) / kGiB, kMostActivationBytes / kGiB));
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("batch_size: %s needs %.1f GiB for the activations of %d pairs and the "
                      "weights; allowed: up to %.0f GiB, that is 1 to %d pairs a step",
                      spec.batch_size == 0 ? "full" : Concat(spec.batch_size), bytes / kGiB, batch,
                      kMostActivationBytes / kGiB, most));
}

}  // namespace

absl::Status ValidateSpec(const RunSpec& spec) {
  RETURN_IF_ERROR(CheckFields(spec));
  ASSIGN_OR_RETURN(const TaskTable table, MakeTask(spec));
  return ValidateSpec(spec, table);
}

absl::Status ValidateSpec(const RunSpec& spec, const TaskTable& table) {
  RETURN_IF_ERROR(CheckFields(spec));
  RETURN_IF_ERROR(CheckHeads(spec));
  RETURN_IF_ERROR(CheckNetwork(spec));
  RETURN_IF_ERROR(CheckUnordered(spec, table));
  const int64_t pairs = TrainPairs(spec, table);
  RETURN_IF_ERROR(CheckSplit(spec, table, pairs));
  return CheckMemory(spec, table, pairs);
}

}  // namespace powerdown
