// What `run submit` was asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_flags.h"
#include "client/cli/command_words.h"
#include "client/connection/connection.h"
#include "common/run/sweep.h"

namespace powerdown {

struct SubmitOptions {
  Connection::Submission submission;    // of the one run, or what the runs of a sweep share
  std::vector<SweepPoint> sweep;        // empty: one run
  std::optional<CommandOrder> command;  // in place of the specs
  // Of a sweep of a command: the words of each point.
  std::vector<std::vector<std::string>> sweep_words;
  bool has_wait = false;
  bool has_details = false;
};
// The flags of a submission that are neither of a spec nor of a command. What is not given stays.
absl::Status ReadOrder(const CommandWords& words, Connection::Submission& submission);
// Every run of a sweep is checked before the first one is submitted.
absl::StatusOr<SubmitOptions> ReadSubmit(const CommandWords& words);

}  // namespace powerdown
