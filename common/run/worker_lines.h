// The line grammar between daemon and worker: one JSON object a line, doubles in shortest
// round-trip form, unknown keys ignored, version in "hello". Pure: text in, values out and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/evaluation.h"
#include "common/run/features.h"
#include "common/run/run.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"

namespace powerdown {

inline constexpr int kWorkerLineVersion = 1;

// Daemon to worker.
struct StartCommand {
  std::string run_id;
  int64_t attempt = 1;
  RunSpec spec;
  AutoStop auto_stop = AutoStop::kOn;
  std::optional<double> grok_multiple;
  std::string directory;        // this attempt's own folder, exists; checkpoints are written there
  std::string resume_file;      // a full checkpoint to go on from; empty: from the start
  bool take_back_stop = false;  // go on past the step where the rule stopped this run
  AutoStop abandon = AutoStop::kOff;
  std::string predictor;                 // its weights, as JSON; empty: nothing is forecast
  std::optional<CommandSpec> command;    // for a runner, in place of the spec
  std::vector<std::string> environment;  // "NAME=value" of the command's variables
  std::optional<Attachment> attached;    // the command runs already
};
struct EndCommand {
  EndRequest reason = EndRequest::kPause;
};
// All is answered with AnswersLines, the last of which has no `has_more`.
struct AskCommand {
  int64_t request = 0;
  std::string checkpoint_file;         // empty: the live model
  std::string sha256;                  // that this checkpoint must have; empty: any
  std::vector<std::string> questions;  // as typed; empty: `count` held-out ones drawn from `seed`
  int64_t count = 0;
  uint64_t seed = 0;
  bool is_grid = false;  // every question of the task instead
};
// The worker may stop answering that request; it still sends the last line.
struct CancelAskCommand {
  int64_t request = 0;
};
// To a runner: the command's processes stand still, or go on.
struct HoldCommand {
  bool is_held = false;
};
// To a runner, about once a second: what the run has used so far, for the program to read.
struct EnergyCommand {
  absl::Duration monotonic;  // up to when
  Joules joules;
  Joules low;
  Joules high;
};
using WorkerCommand = std::variant<StartCommand, EndCommand, AskCommand, CancelAskCommand,
                                   HoldCommand, EnergyCommand>;

// Worker to daemon. Times are CLOCK_MONOTONIC of the boot named in hello.
struct HelloLine {
  int version = kWorkerLineVersion;
  std::string boot_id;
  std::string engine;  // "LibTorch 1.13.1"
};
struct StartedLine {
  int64_t step = 0;
  std::string device;    // "cpu", "cuda:0"
  std::string hardware;  // model name of the processor or card
  int64_t parameters = 0;
  int64_t train_pairs = 0;
  int64_t validation_pairs = 0;
  std::string gpu_uuid;  // "GPU-…" as the driver says it; empty: not on a GPU, or unknown
};
struct StepLine {
  absl::Duration monotonic;
  Evaluation evaluation;
  std::optional<double> gradient_norm;
  std::optional<double> weight_norm;
  std::optional<double> activation_sparsity;
  FeatureValues features;    // as an object of names on the line; what is NaN is left out
  std::string metrics_json;  // what a program told besides, as an object of numbers
};
struct MilestoneLine {
  EventKind kind = EventKind::kMemorised;  // or kGrokked
  int64_t step = 0;                        // the milestone's step
  int64_t known_at = 0;                    // the evaluation that settled it
};
struct DecisionLine {
  absl::Duration monotonic;
  Decision decision;
};
// A forecast at a landmark, or one that a decision rests on.
struct ForecastLine {
  absl::Duration monotonic;
  EventKind kind = EventKind::kForecast;  // or kPlanned, kAbandon
  Forecast forecast;
  std::optional<int64_t> stop_step;  // planned: where the run will pause
};
struct CheckpointLine {
  Checkpoint checkpoint;  // without id and attempt; file relative to the attempt's folder
};
// Weights-only checkpoints for quizzes, told together.
struct FramesLine {
  std::vector<CheckpointLine> frames;
};
struct EndedLine {
  int64_t step = 0;
  AttemptOutcome outcome = AttemptOutcome::kFailed;  // or kFinished, kStopped, kPaused
  Named<StopReason> stop_reason;                     // of kStopped
  std::string reason;                                // of kFailed: why, for people
};
struct AnswersLine {
  int64_t request = 0;
  int64_t step = 0;
  absl::Status error;
  bool has_more = false;  // further lines of this request follow
  std::vector<QuizAnswer> answers;
  // A piece of a grid, in the order of its cells: symbols, answers, expected, origins and
  // confidences are set.
  AnswerGrid grid;
  absl::Duration busy;          // last line: processor time that this request took…
  absl::Duration session_busy;  // … of what the process took so far; zero: not to be told apart
};
using WorkerLine = std::variant<HelloLine, StartedLine, StepLine, MilestoneLine, DecisionLine,
                                CheckpointLine, FramesLine, EndedLine, AnswersLine, ForecastLine>;

// One line without its newline. Parsing fails with InvalidArgument that quotes at most 80
// characters.
std::string FormatCommand(const WorkerCommand& command);
absl::StatusOr<WorkerCommand> ParseCommand(std::string_view line);
std::string FormatLine(const WorkerLine& line);
absl::StatusOr<WorkerLine> ParseLine(std::string_view line);

std::string DecisionToJson(const Decision& decision);

}  // namespace powerdown
