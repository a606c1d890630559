#include "server/run/run_overviews.h"

#include <utility>

#include "common/base/status.h"
#include "common/study/run_summarizer.h"
#include "server/run/bills.h"

namespace powerdown {
namespace {

absl::StatusOr<RunSummary> SummaryOfOneThatGoesOn(Store& store, const Run& run) {
  RunSummary summary = RunSummarizer(run, nullptr).Finish();
  if (run.grok_step && *run.grok_step <= run.steps) {
    ASSIGN_OR_RETURN(summary.grok, store.updates().ReadEnergyAt(run.run_id, *run.grok_step));
  }
  return summary;
}

}  // namespace

absl::StatusOr<std::vector<RunOverview>> ListOverviews(Store& store, const RunFilter& filter) {
  ASSIGN_OR_RETURN(std::vector<RunOverview> overviews, store.summaries().List(filter));
  std::vector<Run> runs;
  std::vector<RunOverview*> of_runs;
  for (RunOverview& overview : overviews) {
    if (overview.summary || HasEnded(overview.state)) continue;
    absl::StatusOr<Run> run = store.runs().Get(overview.run_id);
    if (absl::IsNotFound(run.status())) continue;  // deleted meanwhile
    if (!run.ok()) return run.status();
    runs.push_back(*std::move(run));
    of_runs.push_back(&overview);
  }
  RETURN_IF_ERROR(AddBills(store, {}, runs));
  for (size_t i = 0; i < runs.size(); ++i) {
    ASSIGN_OR_RETURN(of_runs[i]->summary, SummaryOfOneThatGoesOn(store, runs[i]));
  }
  return overviews;
}

}  // namespace powerdown
