// What is kept of an ended run, so that no list and no report reads its step reports again. Plain
// values; made by common/study/run_summarizer.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run_fields.h"

namespace powerdown {

// Joules "at" a step are the run's energy up to it, between reports in proportion to the steps.
struct RunSummary {
  std::string made_with;  // the version of rules and forecast weights
  std::string task;
  int64_t modulus = 0;
  std::string model;
  std::string family;                   // SpecFamily
  int64_t reports = 0;                  // that stand (StandingReports)
  int64_t last_step = 0;                // of these
  std::optional<EnergyFigure> energy;   // as the ledger says
  std::optional<int64_t> metered_step;  // the last report with energy
  std::optional<Joules> metered;        // at that step
  std::optional<Joules> grok;           // at the run's grok step
  std::optional<Joules> stop;           // at the run's stop, carried on beyond the last report
  // What the rules say of the reports, whatever the run's mode was.
  std::optional<int64_t> rule_grok_step;
  std::optional<Joules> rule_grok;
  std::optional<int64_t> rule_stop_step;
  std::optional<Joules> rule_stop;
  std::optional<int64_t> abandon_step;
  std::optional<Joules> abandon;

  bool operator==(const RunSummary&) const = default;
};

// A run in a report over many runs.
struct RunOverview {
  std::string run_id;
  RunState state = RunState::kQueued;
  std::string origin;
  std::string hardware;
  int64_t steps = 0;
  std::optional<int64_t> memorised_step;
  std::optional<int64_t> grok_step;
  std::vector<std::string> tags;
  std::optional<RunSummary> summary;  // absent: none is made yet
};

// In the order of the columns of run_summaries that follow its key.
template <>
inline constexpr auto kFields<RunSummary> = std::tuple(
    Describe<kRequired>("made_with", &RunSummary::made_with),
    Describe<kRequired>("task", &RunSummary::task), Describe("modulus", &RunSummary::modulus),
    Describe<kRequired>("model", &RunSummary::model),
    Describe<kRequired>("family", &RunSummary::family),
    Describe<kRequired>("reports", &RunSummary::reports),
    Describe<kRequired>("last_step", &RunSummary::last_step),
    Describe("energy", &RunSummary::energy), Describe("metered_step", &RunSummary::metered_step),
    Describe("metered_joules", &RunSummary::metered), Describe("grok_joules", &RunSummary::grok),
    Describe("stop_joules", &RunSummary::stop),
    Describe("rule_grok_step", &RunSummary::rule_grok_step),
    Describe("rule_grok_joules", &RunSummary::rule_grok),
    Describe("rule_stop_step", &RunSummary::rule_stop_step),
    Describe("rule_stop_joules", &RunSummary::rule_stop),
    Describe("abandon_step", &RunSummary::abandon_step),
    Describe("abandon_joules", &RunSummary::abandon));

template <>
inline constexpr auto kFields<RunOverview> = std::tuple(
    Describe<kRequired>("run_id", &RunOverview::run_id),
    Describe<kRequired>("state", &RunOverview::state),
    Describe<kUnlessEmpty>("origin", &RunOverview::origin),
    Describe<kUnlessEmpty>("hardware", &RunOverview::hardware),
    Describe<kRequired>("steps", &RunOverview::steps),
    Describe("memorised_step", &RunOverview::memorised_step),
    Describe("grok_step", &RunOverview::grok_step),
    Describe<kNotStored>("tags", &RunOverview::tags), Describe("summary", &RunOverview::summary));

static_assert(kAreWhollyDescribed<RunSummary, RunOverview>);

}  // namespace powerdown
