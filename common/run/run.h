// What the system knows of a run: plain values shared by store, queue, wire and clients. A field
// that is not known is absent, never 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/budget.h"
#include "common/energy/energy.h"
#include "common/energy/footprint.h"
#include "common/run/command_spec.h"
#include "common/run/evaluation.h"
#include "common/run/features.h"
#include "common/run/forecast.h"
#include "common/run/run_enums.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"

namespace powerdown {

enum class RunState { kQueued, kRunning, kPaused, kStopped, kFinished, kFailed, kCancelled };
template <>
struct NamesOf<RunState> {
  static constexpr std::string_view kWhat = "state";
  static constexpr std::string_view kNames[] = {"queued",   "running", "paused",   "stopped",
                                                "finished", "failed",  "cancelled"};
};
constexpr bool HasEnded(RunState state) {
  return state != RunState::kQueued && state != RunState::kRunning && state != RunState::kPaused;
}

struct StopOutcome {
  int64_t step = 0;
  Named<StopReason> reason;
  Named<StopMode> mode;
};

// Whether the rule, a plan or a forecast stopped it, or would have; else its user did.
inline bool IsByRule(const std::optional<StopOutcome>& stop) {
  return stop && stop->reason != StopReason::kUser;
}

struct Attempt {
  int64_t attempt = 1;
  int64_t first_step = 0;
  int64_t last_step = 0;
  absl::Time started_at;  // the Unix epoch: not known
  std::optional<absl::Time> ended_at;
  Named<AttemptOutcome> outcome = AttemptOutcome::kRunning;
  std::string reason;  // "worker killed by signal 9 at step 120"
};

struct Checkpoint {
  std::string checkpoint_id;
  int64_t attempt = 1;
  int64_t step = 0;
  Named<CheckpointLabel> label = CheckpointLabel::kNone;
  Named<CheckpointKind> kind;
  std::string sha256;
  int64_t bytes = 0;
  std::string file;  // path relative to the state folder; never leaves the daemon
};

// Run::origin of the runs that are shipped with the program.
inline constexpr char kRecordedOrigin[] = "recorded";

struct Run {
  std::string run_id;
  // What people type: "128", "r12" of a recorded run. Unique in a store, for good; empty outside.
  std::string short_id;
  std::string name;
  std::string owner;
  std::string origin;  // empty: trained by this daemon; "recorded": shipped; "imported"
  std::string notes;   // free text of its user
  RunState state = RunState::kQueued;
  std::string state_reason;  // why it waits, or why it failed; for people
  // What its worker was asked, until it has ended. Never leaves the daemon.
  EndReason asked_to_end = EndReason::kNone;
  RunSpec spec;  // of a command: of kUnknownTask
  std::optional<CommandSpec> command;
  // "NAME=value" of its variables. Never leaves the daemon.
  std::vector<std::string> environment;
  AutoStop auto_stop = AutoStop::kOn;
  AutoStop abandon = AutoStop::kOff;    // of a run that will not grok in max_steps
  std::string predictor;                // SHA-256 of the weights it is forecast with, or empty
  std::optional<double> grok_multiple;  // see TrainingSchedule
  std::vector<std::string> tags;
  std::string device;    // "cpu"; empty until a worker said so
  std::string hardware;  // "AMD EPYC …, 2 cores"
  int64_t steps = 0;     // last reported
  int64_t max_steps = 0;
  std::optional<double> train_accuracy;
  std::optional<double> validation_accuracy;
  std::optional<int64_t> memorised_step;
  std::optional<int64_t> grok_step;
  std::optional<StopOutcome> stop;
  std::optional<Forecast> forecast;  // the latest
  // The first made after it memorised: what the grok is held against.
  std::optional<Forecast> first_forecast;
  std::optional<EnergyFigure> energy;
  std::optional<GramsCo2> co2;
  std::optional<Money> cost;
  FootprintFactors factors;
  std::string comparison_id;  // the comparison it was made for, or empty
  bool is_private = false;    // only its owner and admins see it
  int64_t priority = 0;       // higher ones start first
  std::optional<Budget> budget;
  std::vector<Attempt> attempts;
  std::vector<Checkpoint> checkpoints;
  absl::Time created_at;
  std::optional<absl::Time> started_at;
  std::optional<absl::Time> ended_at;
};

// The short id, or the long one where the run is in no store.
inline const std::string& ShownId(const Run& run) {
  return run.short_id.empty() ? run.run_id : run.short_id;
}

// A log of a training loop written elsewhere, and a command, do not say what network is trained.
inline constexpr char kUnknownTask[] = "unknown";
inline bool HasSpec(const Run& run) {
  return run.spec.task != kUnknownTask;
}

// Runs that cost alike: of one spec but for its seeds and limits, or of one command in one folder.
std::string FamilyOf(const Run& run);
std::string StepCostFamilyOf(const Run& run);

// The rent of its box from its start to its end, pauses too; nullopt before, or where it is not
// rented.
std::optional<Money> RentOf(const Run& run);

// One step report as stored and streamed. `evaluation.step` is the step.
struct StepReport {
  int64_t revision = 0;
  std::string run_id;
  int64_t attempt = 1;
  absl::Time time;           // see HasTime
  absl::Duration monotonic;  // of the worker's line; not sent to clients
  Evaluation evaluation;
  std::optional<double> gradient_norm = 0;
  std::optional<double> weight_norm = 0;
  std::optional<double> activation_sparsity = 0;
  FeatureValues features;  // for forecasts; stays with the daemon
  // What a program told beside these, as an object of numbers; empty: nothing.
  std::string metrics_json;
  std::optional<Watts> power;
  std::optional<Joules> energy;  // the run's ledger at this report's commit, over all attempts
};

// False where a log from elsewhere tells no times, or only how long it has run: its reports are
// then that long after the Unix epoch, and in its first year.
inline bool HasTime(absl::Time time) {
  return time < absl::UnixEpoch() || time >= absl::UnixEpoch() + absl::Hours(24 * 365);
}

// Anything else that happened to a run.
struct RunEvent {
  int64_t revision = 0;
  std::string run_id;
  int64_t attempt = 0;  // 0: not of an attempt
  absl::Time time;
  Named<EventKind> kind;
  std::optional<int64_t> step;
  std::string message;       // one line for people
  std::string details_json;  // an object, or empty: see event_details.h
};
using RunUpdate = std::variant<StepReport, RunEvent>;
int64_t RevisionOf(const RunUpdate& update);

enum class ComparisonMode { kShared, kParallel };
template <>
struct NamesOf<ComparisonMode> {
  static constexpr std::string_view kWhat = "mode";
  static constexpr std::string_view kNames[] = {"shared", "parallel"};
};
struct Recut {
  std::string policy;
  int64_t max_steps = 0;
  std::optional<double> share;   // of the usual run's energy that stopping saves
  bool is_extrapolated = false;  // longer than what was trained: energy per step carried on
};
struct NaiveStop {
  std::string rule;  // "patience-10"
  int64_t step = 0;
  double accuracy = 0;
};
struct Saving {
  Joules gross;
  std::optional<Joules> net;
  Joules low;
  Joules high;
  double share = 0;
  GramsCo2 co2;
  Money cost;
};
struct Comparison {
  std::string comparison_id;
  ComparisonMode mode = ComparisonMode::kShared;
  std::string owner;
  RunSpec spec;
  std::string schedule_policy;
  int64_t schedule_max_steps = 0;
  std::string schedule_source;
  Run usual;
  Run stopped;  // shared: a view of usual's prefix, same run_id
  bool has_ended = false;
  std::vector<Recut> recuts;
  std::optional<NaiveStop> naive_stop;
  std::optional<Saving> saved;
  std::optional<double> accuracy_change;
  bool identical_prefix = false;
  std::vector<FleetRow> fleet;
  absl::Time created_at;
};

struct QuizAnswer {
  std::string question;  // "17 + 44"
  std::vector<int32_t> asked;
  bool held_out = false;
  int64_t answer = 0;
  int64_t expected = 0;
  bool correct = false;
  double probability = 0;
  struct Candidate {
    int64_t answer = 0;
    double probability = 0;
  };
  std::vector<Candidate> top;  // five likeliest, likeliest first
};
// Every question of a task with two operands, asked at once. The cell of x and y is
// x * symbols + y; where the task asks no such question, its origin is kNone.
struct AnswerGrid {
  enum class Origin : uint8_t { kNone = 0, kTrained = 1, kHeldOut = 2 };
  std::string run_id;
  int64_t at_step = 0;
  std::string checkpoint;  // checkpoint id; empty: the live model
  Named<CheckpointLabel> label = CheckpointLabel::kNone;
  int64_t symbols = 0;
  std::vector<int32_t> answers;
  std::vector<int32_t> expected;
  std::vector<Origin> origins;
  std::vector<uint8_t> confidences;  // probability of the answer given, in 255ths
  std::optional<double> score;       // over the held-out questions; absent if there is none
  std::optional<double> trained_score;
  std::optional<Joules> energy;
};
struct QuizResult {
  std::string run_id;
  int64_t at_step = 0;
  std::string checkpoint;  // checkpoint id; empty: the live model
  Named<CheckpointLabel> label = CheckpointLabel::kNone;
  std::vector<QuizAnswer> questions;
  std::optional<double> score;   // over the held-out questions; absent if there is none
  std::optional<Joules> energy;  // of answering, by the quiz worker's share; absent if not known
};

}  // namespace powerdown
