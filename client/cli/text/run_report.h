// Groups runs by what they trained: when they memorised, when they grokked, and what share of their
// energy was used after the grok. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/cli/text/style.h"
#include "common/base/json_fwd.h"
#include "common/energy/units.h"
#include "common/run/run.h"

namespace powerdown {

// A run, and its energy up to the grok; absent if the run did not grok or the energy is not known.
struct ReportedRun {
  Run run;
  std::optional<Joules> energy_at_grok;
};

// How far the steps of a group's runs lie apart.
struct StepSpread {
  int64_t lowest = 0;
  int64_t median = 0;
  int64_t highest = 0;
};

// Runs of one task, modulus, model and machine.
struct RunGroup {
  std::string task;
  int64_t modulus = 0;  // 0: the task has none
  std::string model;
  std::string hardware;
  int64_t runs = 0;
  int64_t memorised_runs = 0;
  int64_t grokked_runs = 0;
  std::optional<StepSpread> memorised_step;
  std::optional<StepSpread> grok_step;
  std::optional<Joules> energy;  // of all its runs whose energy is known
  // Over the runs that grokked and whose energy at the grok is known.
  std::optional<double> share_after_grok;
};

// Leaves out runs without a step. Sorted by task, modulus, model and machine.
std::vector<RunGroup> GroupRuns(const std::vector<ReportedRun>& runs);

std::string ReportTable(const std::vector<RunGroup>& groups, const Style& style);
Json GroupJson(const RunGroup& group);

}  // namespace powerdown
