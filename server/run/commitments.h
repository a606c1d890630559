// What the queued and running runs of a user are still expected to use, so that their expectations
// count together against the user's energy budget. For one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "server/run/expected_energy.h"
#include "server/store/store.h"

namespace powerdown {

class Commitments {
 public:
  // `predictor` may be null.
  Commitments(FootprintFactors factors, std::shared_ptr<const Predictor> predictor, Store* store);

  // What the whole run will use, judged by the newest runs here. Nullopt: nothing is known.
  absl::StatusOr<std::optional<ExpectedEnergy>> Expect(const Run& run);
  // The run's energy up to now, as the ledger says.
  absl::StatusOr<Joules> UsedBy(const Run& run) const;

  struct Sum {
    Joules energy;
    int64_t runs = 0;  // of which something is known
  };
  // Of all queued and running runs of `owner` but `but_run_id`. The first call for an owner reads
  // the store; later ones cost no disk.
  absl::StatusOr<Sum> Of(const std::string& owner, const std::string& but_run_id);

  // The run has entered its state, or was charged: keeps what Of knows in step.
  void Note(const Run& run);
  void Charge(const std::string& owner, const std::string& run_id, Joules more);

 private:
  // Whose use still tells what a new run will use.
  static constexpr int64_t kRecalledRuns = 200;
  struct Entry {
    std::optional<Joules> expected;  // of the whole run
    Joules used;
  };
  using Entries = std::map<std::string, Entry>;  // by run

  absl::StatusOr<Entry> MakeEntry(const Run& run, const std::vector<Run>& recent) const;
  absl::StatusOr<std::vector<Run>> Recent() const;
  absl::StatusOr<Entries> Read(const std::string& owner) const;

  const FootprintFactors factors_;
  const std::shared_ptr<const Predictor> predictor_;
  Store* const store_;
  std::map<std::string, Entries> by_owner_;  // of those that Of was asked about
  // The latest answer of Expect: a run is noted right after it was judged.
  std::pair<std::string, std::optional<ExpectedEnergy>> latest_;
};

}  // namespace powerdown
