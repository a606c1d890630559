// Any program as a run: what to start, where, with what, and how it is told to stop. A run is made
// of a RunSpec (a network, trained by powerdown-worker) or of this (a command, under
// powerdown-runner). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/named.h"

namespace powerdown {

enum class StopSignal { kTerm, kInt, kUsr1 };
template <>
struct NamesOf<StopSignal> {
  static constexpr std::string_view kWhat = "stop_signal";
  static constexpr std::string_view kNames[] = {"TERM", "INT", "USR1"};
};

struct CommandSpec {
  std::vector<std::string> words;  // the program, looked for in PATH, and its arguments
  std::string directory;           // absolute: where it runs
  // The names of the variables that were asked for. Their values are in Run::environment, which
  // stays with the daemon: some are secrets.
  std::vector<std::string> variables;
  std::string account;               // of the box, in whose name it runs
  std::vector<std::string> reports;  // "csv:PATH" and the like: ReportRequest::source
  std::vector<std::string> columns;  // "validation_accuracy=val_acc"
  std::string accuracies;            // "percent" or "fraction"; empty: as the values show
  std::string generalised;           // "validation_accuracy >= 0.94"; empty: see kUsualGoal
  StopSignal stop_signal = StopSignal::kTerm;
  int64_t stop_grace_seconds = 30;  // to end in, once it was told to
  bool kills = false;               // SIGKILL after that grace; else only a cancelled one gets it
  int64_t time_limit_seconds = 0;   // of an attempt; 0: none
  int64_t retries = 0;              // how often it is started again where it failed
  int64_t max_steps = 0;            // its usual end; 0: not known, and nothing is called saved
  bool is_attached = false;         // `powerdown exec` ran it: nobody else can start it again

  bool operator==(const CommandSpec&) const = default;
};

// A command that runs already, below a `powerdown exec` that waits for it.
struct Attachment {
  int64_t pid = 0;     // of powerdown exec
  int64_t child = 0;   // the command's own process
  std::string folder;  // private, of files that it, the command and the runner share
};

// Bytes of all words and variables together: a page of lists bears them. Linux takes 2 MiB.
inline constexpr size_t kMostCommandBytes = 32 << 10;
inline constexpr size_t kMostCommandWords = 1000;
inline constexpr size_t kMostReportSources = 16;
inline constexpr int64_t kMostGraceSeconds = 24 * 60 * 60;
inline constexpr int64_t kMostLimitSeconds = int64_t{366} * 24 * 60 * 60;
inline constexpr int64_t kMostRetries = 100;

// InvalidArgument names the field, the value and what is allowed. `environment` has "NAME=value"
// for each of the command's variables.
absl::Status ValidateCommand(const CommandSpec& command,
                             const std::vector<std::string>& environment);
// The names of "NAME=value", for CommandSpec::variables.
std::vector<std::string> VariableNames(const std::vector<std::string>& environment);

// When a program counts as generalised: a metric that it reports has reached a threshold.
struct Goal {
  std::string metric;
  bool is_at_least = true;  // else at most, as of a loss
  double threshold = 0;     // above 0

  // Where the stop rule works, which knows shares that rise: 0 to 1, and higher is better.
  double ScoreOf(double value) const;
  double score_threshold() const { return ScoreOf(threshold); }
};
inline constexpr std::string_view kUsualGoal = "validation_accuracy >= 0.99";
// "validation_accuracy >= 0.94", "validation_loss <= 0.8"; an empty text is kUsualGoal.
absl::StatusOr<Goal> ParseGoal(std::string_view text);

// As a shell takes it: words with anything unusual are quoted.
std::string CommandText(const CommandSpec& command);

}  // namespace powerdown
