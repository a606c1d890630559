// What `run submit` was asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_words.h"
#include "client/connection/connection.h"
#include "common/run/sweep.h"

namespace powerdown {

struct SubmitOptions {
  Connection::Submission submission;  // of the one run, or what the runs of a sweep share
  std::vector<SweepPoint> sweep;      // empty: one run
  bool has_wait = false;
  bool has_details = false;
};
// Every run of a sweep is checked before the first one is submitted.
absl::StatusOr<SubmitOptions> ReadSubmit(const CommandWords& words);

}  // namespace powerdown
