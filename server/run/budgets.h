// The energy budgets of runs and of users: refuses a run that would break one, warns at 80%, and
// says when one is used up. For one thread at a time; Of and UsedUp for any, and they do not wait
// for the store.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/hot_mutex.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "server/run/commitments.h"
#include "server/run/spending.h"
#include "server/store/store.h"

namespace powerdown {

class Budgets {
 public:
  // `predictor` may be null.
  Budgets(FootprintFactors factors, std::shared_ptr<const Predictor> predictor, Store* store);

  // Reads allowances and what users have used, after a restart.
  absl::Status Recall(absl::Time now);

  // What a user may use in a period; no budget: no limit. InvalidArgument for a budget that cannot
  // be turned into energy.
  absl::Status Set(const std::string& user, Period period, const std::optional<Budget>& budget,
                   const NewAnswer& answer = {});
  std::vector<AllowanceUse> Of(const std::string& user, absl::Time now) const;  // shortest first
  // The run has used `energy` more on that day.
  void Charge(const Run& run, absl::CivilDay day, Joules energy);
  // The run has entered its state.
  void Note(const Run& run) { commitments_.Note(run); }

  // Of each owner of these runs whose energy budget is used up: the one that renews last.
  std::map<std::string, AllowanceUse> UsedUp(const std::vector<QueuedRun>& runs,
                                             absl::Time now) const;

  // FailedPrecondition when an energy budget of the run or of its owner does not allow what the run
  // is expected to use. Of the owner's, what queued and running runs are still expected to use is
  // taken off first.
  absl::Status CheckNew(const Run& run, absl::Time now);
  // The same for a run that is to go on.
  absl::Status CheckAgain(const Run& run, absl::Time now);
  // FailedPrecondition when an energy budget of the run or of its owner is used up: the run would
  // be paused again.
  absl::Status CheckLeft(const Run& run, absl::Time now) const;

  struct Verdict {
    std::vector<std::string> warnings;
    std::string used_up;  // why the run must pause; empty: it may go on
  };
  // `used` is the run's energy, nullopt while it is not known. `is_warned` says whether the run's
  // own warning was given, and is set with it.
  Verdict Judge(const Run& run, std::optional<Joules> used, bool& is_warned, absl::Time now);

 private:
  absl::Status CheckShared(const Run& run, const ExpectedEnergy& expected, absl::Time now);

  const FootprintFactors factors_;
  Store* const store_;
  Commitments commitments_;
  mutable HotMutex mutex_;
  Spending spending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
