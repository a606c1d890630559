// A report of one run or comparison, or of many runs, as a page of HTML that stands alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

struct PageRun {
  Run run;
  RunTrace trace;
  std::optional<Comparison> comparison;  // that the run is the usual one of
  std::vector<AnswerGrid> film;          // the answers as it learned, the earliest first
};

std::string RunPage(const PageRun& reported, absl::Time made_at);

// `curves` has a trace for each of the first runs, which are drawn. `filter`: what chose the runs.
std::string ListPage(const std::vector<Run>& runs, const std::vector<RunTrace>& curves,
                     const std::string& filter, absl::Time made_at);

}  // namespace powerdown
