#include "server/run/commitments.h"

#include <algorithm>

#include "common/base/status.h"
#include "server/run/bills.h"

namespace powerdown {
namespace {

constexpr RunState kCommitting[] = {RunState::kQueued, RunState::kRunning};
// Of one user in one state; the queue's limit for a user is far below.
constexpr int64_t kMostRuns = 10000;

bool Commits(const Run& run) {
  return std::find(std::begin(kCommitting), std::end(kCommitting), run.state) !=
         std::end(kCommitting);
}

}  // namespace

Commitments::Commitments(FootprintFactors factors, std::shared_ptr<const Predictor> predictor,
                         Store* store)
    : factors_(std::move(factors)), predictor_(std::move(predictor)), store_(store) {}

absl::StatusOr<std::vector<Run>> Commitments::Recent() const {
  RunFilter newest;
  newest.limit = kRecalledRuns;
  return store_->runs().List(newest);
}

absl::StatusOr<std::optional<ExpectedEnergy>> Commitments::Expect(const Run& run) {
  ASSIGN_OR_RETURN(std::vector<Run> earlier, Recent());
  std::erase_if(earlier, [&](const Run& other) { return !IsTelling(run, other); });
  RETURN_IF_ERROR(AddBills(*store_, factors_, earlier));
  latest_ = {run.run_id, ExpectEnergy(run, earlier, predictor_.get())};
  return latest_.second;
}

absl::StatusOr<Joules> Commitments::UsedBy(const Run& run) const {
  if (run.attempts.empty()) return Joules(0);
  std::vector<Run> one = {run};
  RETURN_IF_ERROR(AddBills(*store_, factors_, one));
  return one[0].energy ? one[0].energy->gross : Joules(0);
}

absl::StatusOr<Commitments::Entry> Commitments::MakeEntry(const Run& run,
                                                          const std::vector<Run>& recent) const {
  Entry entry;
  ASSIGN_OR_RETURN(entry.used, UsedBy(run));
  const auto expected =
      run.run_id == latest_.first ? latest_.second : ExpectEnergy(run, recent, predictor_.get());
  if (expected) entry.expected = expected->energy;
  return entry;
}

absl::StatusOr<Commitments::Entries> Commitments::Read(const std::string& owner) const {
  ASSIGN_OR_RETURN(std::vector<Run> recent, Recent());
  RETURN_IF_ERROR(AddBills(*store_, factors_, recent));
  Entries entries;
  for (const RunState state : kCommitting) {
    RunFilter filter;
    filter.state = state;
    filter.owner = owner;
    filter.limit = kMostRuns;
    ASSIGN_OR_RETURN(const std::vector<Run> runs, store_->runs().List(filter));
    for (const Run& run : runs) {
      ASSIGN_OR_RETURN(entries[run.run_id], MakeEntry(run, recent));
    }
  }
  return entries;
}

absl::StatusOr<Commitments::Sum> Commitments::Of(const std::string& owner,
                                                 const std::string& but_run_id) {
  auto known = by_owner_.find(owner);
  if (known == by_owner_.end()) {
    ASSIGN_OR_RETURN(Entries entries, Read(owner));
    known = by_owner_.emplace(owner, std::move(entries)).first;
  }
  Sum sum;
  for (const auto& [run_id, entry] : known->second) {
    if (run_id == but_run_id || !entry.expected) continue;
    ++sum.runs;
    if (*entry.expected > entry.used) sum.energy += *entry.expected - entry.used;
  }
  return sum;
}

void Commitments::Note(const Run& run) {
  const auto known = by_owner_.find(run.owner);
  if (known == by_owner_.end()) return;
  if (!Commits(run)) {
    known->second.erase(run.run_id);
    return;
  }
  if (known->second.contains(run.run_id)) return;
  std::vector<Run> recent;
  if (run.run_id != latest_.first) {
    absl::StatusOr<std::vector<Run>> read = Recent();
    if (read.ok() && AddBills(*store_, factors_, *read).ok()) recent = *std::move(read);
  }
  // What cannot be read now is read anew at the next question.
  absl::StatusOr<Entry> entry = MakeEntry(run, recent);
  if (entry.ok()) {
    known->second.emplace(run.run_id, *std::move(entry));
  } else {
    by_owner_.erase(known);
  }
}

void Commitments::Charge(const std::string& owner, const std::string& run_id, Joules more) {
  const auto known = by_owner_.find(owner);
  if (known == by_owner_.end()) return;
  const auto entry = known->second.find(run_id);
  if (entry != known->second.end()) entry->second.used += more;
}

}  // namespace powerdown
