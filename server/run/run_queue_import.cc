// Runs that come from elsewhere, and go there.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr char kImported[] = "imported";

void Rename(RunBundle& bundle, const std::string& run_id) {
  bundle.run.run_id = run_id;
  for (RunUpdate& update : bundle.updates) {
    std::visit([&](auto& row) { row.run_id = run_id; }, update);
  }
}

// Energy is booked to attempts by the run's id.
void ClaimLedger(RunBundle& bundle) {
  int64_t place = 0;
  for (LedgerInterval& interval : bundle.ledger) {
    const size_t slash = interval.consumer.rfind('/');
    const std::string attempt =
        slash == std::string::npos ? "1" : interval.consumer.substr(slash + 1);
    interval.consumer = RunConsumerPrefix(bundle.run.run_id) + attempt;
    // Intervals are told apart by their start, which another box's clock does not give.
    const absl::Duration length = interval.end - interval.start;
    interval.start = absl::Microseconds(place++);
    interval.end = interval.start + length;
  }
}

// What was going on elsewhere does not go on here.
void Settle(Run& run) {
  if (!HasEnded(run.state)) run.state = RunState::kStopped;
  run.comparison_id.clear();
  run.checkpoints.clear();
}

}  // namespace

absl::StatusOr<RunBundle> RunQueue::Export(const std::string& run_id) const {
  RunBundle bundle;
  ASSIGN_OR_RETURN(bundle.run, Find(run_id));
  const std::string& id = bundle.run.run_id;
  ASSIGN_OR_RETURN(bundle.updates, store_->updates().Read(id, 0, -1));
  ASSIGN_OR_RETURN(auto totals, store_->ledger().ReadTotals({RunConsumerPrefix(id)}));
  bundle.ledger = std::move(totals.front());
  ClaimLedger(bundle);
  bundle.run.checkpoints.clear();
  return bundle;
}

absl::StatusOr<std::vector<Run>> RunQueue::Import(std::vector<RunBundle> bundles,
                                                  const std::string& owner, bool may_rename,
                                                  const std::string& request_id) {
  std::vector<std::string> ids;
  // Without the turn: the transaction refuses an id that was taken meanwhile, and no run that is in
  // the queue changes by it.
  for (RunBundle& bundle : bundles) {
    bool is_taken = bundle.run.run_id.empty();
    if (!is_taken && may_rename) {
      ASSIGN_OR_RETURN(is_taken, store_->runs().Has(bundle.run.run_id));
    }
    if (is_taken) Rename(bundle, ids_->Next(clock_->Now().wall));
    ids.push_back(bundle.run.run_id);
    bundle.run.origin = kImported;
    bundle.run.owner = owner;
    Settle(bundle.run);
    ClaimLedger(bundle);
  }
  RETURN_IF_ERROR(store_->runs().Import(bundles, request_id));
  feed_->Notify();
  std::vector<Run> runs;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(runs.emplace_back(), Get(id));
  }
  return runs;
}

absl::Status RunQueue::ImportRecorded(std::vector<RunBundle> bundles) {
  std::vector<RunBundle> missing;
  for (RunBundle& bundle : bundles) {
    ASSIGN_OR_RETURN(const bool is_here, store_->runs().Has(bundle.run.run_id));
    if (is_here) continue;
    bundle.run.origin = kRecordedOrigin;
    Settle(bundle.run);
    ClaimLedger(bundle);
    missing.push_back(std::move(bundle));
  }
  return missing.empty() ? absl::OkStatus() : store_->runs().Import(missing, "");
}

}  // namespace powerdown
