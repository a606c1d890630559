#include "server/run/run_summaries.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/energy/energy.h"
#include "common/run/standing_reports.h"
#include "common/study/run_summarizer.h"
#include "server/run/kept_curves.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// Grows with every change of what a summary is made by.
constexpr int kSummaryRules = 1;
// Some ten milliseconds of reading.
constexpr int64_t kReportsPerRead = 8192;

// What says nothing about the one run: the store's trouble, or the end of the daemon.
bool IsOfTheStore(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsCancelled(status);
}

}  // namespace

RunSummaries::RunSummaries(Store* store, std::shared_ptr<const Predictor> predictor,
                           const std::string& weights)
    : store_(store),
      predictor_(std::move(predictor)),
      made_with_(Concat(kSummaryRules, "/", weights.empty() ? "" : Sha256Hex(weights))) {}

absl::StatusOr<RunSummary> RunSummaries::Make(const std::string& run_id) const {
  ASSIGN_OR_RETURN(Run run, store_->runs().Get(run_id));
  ASSIGN_OR_RETURN(const auto totals, store_->ledger().ReadTotals({RunConsumerPrefix(run_id)}));
  run.energy = SumIntervals(totals[0]);
  RunSummarizer summarizer(run, predictor_);
  ASSIGN_OR_RETURN(const auto first_steps, store_->updates().ReadFirstSteps(run_id));
  const StandingSteps standing(first_steps);
  const auto observe = [&](const StepReport& report) {
    if (standing.Has(report)) summarizer.Observe(report);
  };
  for (std::optional<ReportPosition> last = ReportPosition(); last;) {
    if (is_stopped_) return absl::CancelledError("the daemon ends");
    ASSIGN_OR_RETURN(last,
                     store_->updates().ForEachReportAfter(run_id, *last, kReportsPerRead, observe));
  }
  RunSummary summary = summarizer.Finish();
  summary.made_with = made_with_;
  return summary;
}

absl::StatusOr<bool> RunSummaries::MakeSome() {
  if (!has_expired_) {
    RETURN_IF_ERROR(store_->summaries().Expire(made_with_).status());
    has_expired_ = true;
  }
  ASSIGN_OR_RETURN(const std::vector<DueSummary> due, store_->summaries().ListDue(kRunsAStep));
  std::vector<SummaryTable::Made> made;
  for (const DueSummary& one : due) {
    absl::StatusOr<RunSummary> summary = Make(one.run_id);
    if (IsOfTheStore(summary.status())) return summary.status();
    if (summary.ok()) {
      made.emplace_back(one, *std::move(summary));
      continue;
    }
    spdlog::warn("run {} has no summary, so reports read all of it: {}", one.run_id,
                 summary.status().ToString());
    made.emplace_back(one, std::nullopt);
  }
  if (made.empty()) return false;
  RETURN_IF_ERROR(store_->summaries().Put(made));
  for (const auto& [one, summary] : made) {
    // Whoever asks for the curves of a long run finds them made.
    if (!summary || summary->reports < KeptCurves::kReportsWorthKeeping) continue;
    KeptCurves curves(one.run_id);
    RETURN_IF_ERROR(curves.Refresh(*store_, KeptCurves::Haste::kAside, &is_stopped_));
  }
  return true;
}

}  // namespace powerdown
