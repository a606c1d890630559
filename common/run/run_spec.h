// What to train. A plain value; the table SpecFields() is the one description of its fields that
// the command line, TOML, JSON, the worker and the wire conversion are all driven by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/task/task.h"

namespace powerdown {

// The defaults grok at step 580 in 2 s on one core (docs/specs-that-grok.md).
struct RunSpec {
  std::string task = "addition";
  int64_t modulus = 59;
  double train_fraction = 0.5;
  std::string model = "mlp";
  int64_t width = 128;   // embedding (mlp), residual stream (transformer)
  int64_t hidden = 256;  // hidden units of the MLP, or of each transformer block's MLP
  int64_t layers = 1;
  int64_t heads = 4;
  std::string activation = "relu";
  std::string optimizer = "adamw";
  std::string loss = "cross-entropy";
  double learning_rate = 3e-3;
  double weight_decay = 3.0;
  double initial_scale = 1.0;
  int64_t batch_size = 0;  // 0: full batch
  double label_noise = 0.0;
  int64_t seed = 0;
  int64_t split_seed = 0;
  int64_t max_steps = 10000;
  int64_t evaluate_every = 0;  // 0: auto, see EvaluationSchedule
  std::string device = "auto";
  int64_t threads = 1;
  std::string table;  // the lines of a "table:" task: the run carries its data set with it
  std::string split = "random";
  double momentum = 0.9;
  double grokfast = 0;
  double grokfast_memory = 0.98;
  std::string orthogonal_gradient = "off";
  std::string layer_norm = "off";
  std::string position = "learned";
  std::string decay_group = "all";

  operator TaskSpec() const {
    return {task, modulus, train_fraction, label_noise, split_seed, split, table};
  }
  bool operator==(const RunSpec&) const = default;
};

// One field of the spec. "member" says where it lives; exactly one alternative per value type.
struct SpecField {
  std::string_view name;  // snake_case; the flag is "--" + name with '-' for '_'
  std::variant<std::string RunSpec::*, int64_t RunSpec::*, double RunSpec::*> member;
  std::vector<std::string_view> choices = {};  // text fields; empty: checked by ValidateSpec
  double minimum = 0;                          // numbers, inclusive
  double maximum = 0;
  bool minimum_is_open = false;  // (minimum, maximum]
  bool maximum_is_open = false;
  std::string_view zero_text = {};  // e.g. "auto", "full": printed and accepted for 0
  std::string_view help;            // one line, plain words
  // Holds a file's content: no flag of its own, not written where empty, in families by its hash.
  bool is_content = false;
  // Came after the first release: hashes and families are without it while it has its default, so
  // that those of older runs stay what they were.
  bool is_later = false;
};
const std::vector<SpecField>& SpecFields();
const SpecField* FindSpecField(std::string_view name);  // accepts '-' for '_'; null if unknown

bool IsLeftOutOfHashes(const RunSpec& spec, const SpecField& field);

// Sets one field from text. InvalidArgument names field, value and allowed range.
absl::Status SetSpecField(RunSpec& spec, std::string_view name, std::string_view text);
// Shortest text that SetSpecField reads back to the same value.
std::string SpecFieldText(const RunSpec& spec, const SpecField& field);

// Checks every field and what the fields demand of each other (width divisible by heads, a split
// that leaves both sides at least one pair, a modulus that the task can have, a step that fits in
// memory). The first problem is reported as `field: value is …; allowed: …`.
absl::Status ValidateSpec(const RunSpec& spec);
// The same for a spec whose task has been made.
absl::Status ValidateSpec(const RunSpec& spec, const TaskTable& table);

inline constexpr size_t kMostTableBytes = 1024 * 1024;  // so that every message can carry it
// What one training step keeps for its backward pass, about; ValidateSpec refuses more than this.
inline constexpr double kMostActivationBytes = 4.0 * 1024 * 1024 * 1024;

// Flat JSON object, every field present (a content if not empty), in table order.
std::string SpecToJson(const RunSpec& spec);
// The same without later fields that have their defaults: what hashes are made of.
std::string CanonicalSpecJson(const RunSpec& spec);
absl::StatusOr<RunSpec> SpecFromJson(std::string_view json);  // missing: default; unknown: error
absl::StatusOr<RunSpec> SpecFromToml(std::string_view toml, std::string_view file_name);

// SHA-256 (hex) of CanonicalSpecJson: equal specs, equal hash.
std::string SpecHash(const RunSpec& spec);
// Everything that shapes the grok step but the seeds and the step limit: "addition/59/0.5/mlp/…".
std::string SpecFamily(const RunSpec& spec);
// Everything that shapes what a step costs: runs of one such family pay the same for each.
std::string StepCostFamily(const RunSpec& spec);

}  // namespace powerdown
