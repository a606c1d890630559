// A box with its daemon, workers, meters, disk, network and clients in one thread, on a simulated
// clock, driven by one seed. After each step the witness checks what the daemon promised.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace powerdown {

// A lie or a fault beyond what is promised to be borne: each breaks one promise, so that a test can
// show that the promise is checked.
enum class Mutation {
  kNone,
  kLyingDisk,        // says that it synced, and did not
  kRevivedRun,       // a finished run is queued again
  kLostEnergy,       // a row of the ledger is gone
  kOverlap,          // a row of the ledger lies over another
  kGenerousBudget,   // a run's budget is ten times what was asked for
  kOneRunTooMany,    // the daemon lets one more run at once
  kLostAnswers,      // answers to requests are forgotten
  kBitRot,           // a page of the database changes
  kEndlessPatience,  // workers get an hour to end
  kTwoWorkers,       // a run's worker is started while its earlier one lives
  kForgottenAsk,     // the database does not say that a run was asked to end
  kOwnWill,          // something is not decided by the seed
  kSwappedUpdates,   // these are the network's: two updates change places
  kRepeatedUpdate,   // an update comes twice
  kDroppedUpdate,    // an update does not come
  kHalfMessage,      // half a message comes, and counts as all
  kEarlyBookmark,    // a bookmark tells of what is to come
  kLateResume,       // a watch resumes behind where it was cut
  kAlteredUpdate,    // an update is not what was stored
};

struct SimulationOptions {
  uint64_t seed = 1;
  absl::Duration time = absl::Hours(24);
  Mutation mutation = Mutation::kNone;
  bool is_printed = false;  // every step
};

struct SimulationResult {
  std::string violation;          // empty: every promise was kept
  std::vector<std::string> last;  // the last steps
  uint64_t hash = 0;              // of all steps: equal for equal options
  absl::Duration time;            // simulated
  int64_t steps = 0;
  int64_t requests = 0;
  int64_t updates = 0;    // reports and events that became visible
  int64_t ends = 0;       // of runs
  int64_t delivered = 0;  // updates to watchers
  int64_t crashes = 0;    // of the daemon, power cuts among them
  int64_t power_cuts = 0;
  int64_t unclean_commits = 0;  // crashes in the middle of a write
};

SimulationResult Simulate(const SimulationOptions& options);

}  // namespace powerdown
