// Runs that come from elsewhere, and go there.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr char kImported[] = "imported";
// Some 5 ms of reading, for which other readers wait; half a megabyte of text.
constexpr int64_t kUpdatesAPiece = 1000;

void Rename(IncomingRun& incoming, const std::string& run_id) {
  incoming.run.run_id = run_id;
  if (incoming.last) std::visit([&](auto& row) { row.run_id = run_id; }, *incoming.last);
}

// Energy is booked to attempts by the run's id.
void ClaimLedger(const std::string& run_id, std::vector<LedgerInterval>& ledger) {
  int64_t place = 0;
  for (LedgerInterval& interval : ledger) {
    const size_t slash = interval.consumer.rfind('/');
    int64_t attempt = 1;
    if (slash == std::string::npos ||
        !absl::SimpleAtoi(interval.consumer.substr(slash + 1), &attempt) || attempt < 1) {
      attempt = 1;
    }
    interval.consumer = AttemptConsumer(run_id, attempt);
    // Intervals are told apart by their start, which another box's clock does not give.
    const absl::Duration length = interval.end - interval.start;
    interval.start = absl::Microseconds(place++);
    interval.end = interval.start + length;
  }
}

// What was going on elsewhere does not go on here.
void Settle(Run& run) {
  if (!HasEnded(run.state)) run.state = RunState::kStopped;
  // The other box's clock may have been set back meanwhile.
  if (run.started_at && run.ended_at) run.ended_at = std::max(*run.ended_at, *run.started_at);
  run.comparison_id.clear();
  run.checkpoints.clear();
}

}  // namespace

absl::StatusOr<RunBundle> RunQueue::ExportHead(const std::string& run_id) const {
  RunBundle bundle;
  ASSIGN_OR_RETURN(bundle.run, Find(run_id));
  const std::string& id = bundle.run.run_id;
  ASSIGN_OR_RETURN(auto totals, store_->ledger().ReadTotals({RunConsumerPrefix(id)}));
  bundle.ledger = std::move(totals.front());
  ClaimLedger(id, bundle.ledger);
  bundle.run.checkpoints.clear();
  return bundle;
}

absl::StatusOr<RunBundle> RunQueue::Export(const std::string& run_id) const {
  ASSIGN_OR_RETURN(RunBundle bundle, ExportHead(run_id));
  ASSIGN_OR_RETURN(bundle.updates, store_->updates().Read(bundle.run.run_id, 0, -1));
  return bundle;
}

absl::Status RunQueue::ExportText(const std::string& run_id, const TakePiece& take) const {
  ASSIGN_OR_RETURN(const RunBundle head, ExportHead(run_id));
  RETURN_IF_ERROR(take(FormatBundle(head)));
  for (int64_t next = 0;;) {
    ASSIGN_OR_RETURN(const std::vector<RunUpdate> updates,
                     store_->updates().Read(head.run.run_id, next, kUpdatesAPiece));
    if (updates.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(take(FormatUpdates(updates)));
    next = RevisionOf(updates.back()) + 1;
  }
}

absl::StatusOr<std::vector<Run>> RunQueue::Import(std::vector<RunBundle> bundles,
                                                  const std::string& owner, bool may_rename,
                                                  const std::string& request_id) {
  RunsInMemory runs(bundles);
  return Import(std::move(runs.incoming), runs.next, owner, may_rename, request_id);
}

absl::StatusOr<std::vector<Run>> RunQueue::Import(std::vector<IncomingRun> incoming,
                                                  const NextUpdate& next, const std::string& owner,
                                                  bool may_rename, const std::string& request_id) {
  std::vector<std::string> ids;
  ASSIGN_OR_RETURN(auto answer, EarlierAnswer(request_id, kImportRuns));
  if (answer) incoming.clear();
  // Without the turn: the transaction refuses an id that was taken meanwhile, and no run that is in
  // the queue changes by it.
  for (IncomingRun& one : incoming) {
    bool is_taken = one.run.run_id.empty();
    if (!is_taken && may_rename) {
      ASSIGN_OR_RETURN(is_taken, store_->runs().Has(one.run.run_id));
    }
    if (is_taken) Rename(one, ids_->Next(clock_->Now().wall));
    ids.push_back(one.run.run_id);
    one.run.origin = kImported;
    one.run.owner = owner;
    Settle(one.run);
    ClaimLedger(one.run.run_id, one.ledger);
  }
  if (!answer) {
    RETURN_IF_ERROR(CheckRunLimit(owner, static_cast<int64_t>(incoming.size())));
    const absl::Status imported = store_->runs().Import(incoming, next, request_id);
    // Another call of the same request was faster.
    if (absl::IsAborted(imported)) {
      ASSIGN_OR_RETURN(answer, EarlierAnswer(request_id, kImportRuns));
    }
    if (!answer) RETURN_IF_ERROR(imported);
  }
  if (answer) ids = absl::StrSplit(*answer, ',');
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
    ClaimLedger(bundle.run.run_id, bundle.ledger);
    missing.push_back(std::move(bundle));
  }
  if (missing.empty()) return absl::OkStatus();
  const RunsInMemory runs(missing);
  return store_->runs().Import(runs.incoming, runs.next, "");
}

}  // namespace powerdown
