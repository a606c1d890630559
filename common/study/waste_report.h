// The share of energy that runs used after they had generalised, under declared schedules. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run_summary.h"

namespace powerdown {

// A run, as far as the report uses it. All joules are gross.
struct WasteRun {
  std::string family;  // its grid, else everything that shapes its grok step
  std::string tier;    // of the grid; empty: none
  std::string task;
  std::string model;
  std::string hardware;
  int64_t last_step = 0;
  double joules = 0;
  double joules_at_grok = 0;
  std::optional<int64_t> grok_step;
  std::optional<int64_t> stop_step;
  double joules_at_stop = 0;
};
// Nullopt for a run without a summary, and for one without energy at its last report.
std::optional<WasteRun> WasteOf(const RunOverview& run);

// The share of energy after generalisation if every run had had the length that the policy says. A
// run that was shorter is extended at its own energy per step. A run that had not grokked by then
// has no share.
struct WasteShare {
  std::string policy;  // "recorded", "twice-median", "literature"
  double mean = 0;
  std::optional<double> error;  // bootstrap
  int64_t runs = 0;             // that grokked within that length
  int64_t all = 0;
};

struct WasteGroup {
  std::string name;  // "task addition", "all"
  std::vector<WasteShare> shares;
};

struct WasteReport {
  std::vector<WasteGroup> groups;  // all, then by tier, task, model, hardware
  // The multiple of the grok step at which the mean share is the first prototype's 24% and 57%.
  std::optional<double> multiple_of_24_percent;
  std::optional<double> multiple_of_57_percent;
  double saved_by_stop_joules = 0;
  double missed_joules = 0;  // used after the grok, by runs that the rule never stops
  int64_t false_stops = 0;
  int64_t missed_stops = 0;
  double all_joules = 0;
};
WasteReport ReportWaste(const std::vector<WasteRun>& runs);

}  // namespace powerdown
