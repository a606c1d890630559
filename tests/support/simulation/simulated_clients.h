// Users who submit, pause, resume, stop, continue, cancel, delete, edit, export, import and set
// budgets, whose answers get lost, so that they ask again under the same request id. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "tests/support/simulation/random.h"
#include "tests/support/simulation/simulated_daemon.h"
#include "tests/support/simulation/trace.h"
#include "tests/support/simulation/witness.h"

namespace powerdown {

class SimulatedClients {
 public:
  SimulatedClients(uint64_t seed, Witness* witness, Trace* trace)
      : random_(seed), ids_(random_.Next()), witness_(*witness), trace_(*trace) {}

  // One of them does something. `is_in_trouble`: an error may be the disk's.
  void Act(SimulatedDaemon& daemon, const std::function<bool()>& is_in_trouble, Instant now);
  int64_t requests() const { return requests_; }
  const std::vector<std::string>& runs() const { return runs_; }  // that may still be there

 private:
  enum class Method { kSubmit, kPause, kResume, kStop, kContinue, kCancel, kDelete, kUpdate };
  struct Request {
    Method method = Method::kSubmit;
    std::string id;
    std::string run_id;
    SubmitRequest submission;
  };
  Request Draw(Instant now);
  SubmitRequest DrawSubmission();
  void Send(SimulatedDaemon& daemon, const Request& request,
            const std::function<bool()>& is_in_trouble);
  absl::StatusOr<std::string> Ask(SimulatedDaemon& daemon, const Request& request);
  void CopyARun(SimulatedDaemon& daemon, Instant now);
  void SetBudget(SimulatedDaemon& daemon);

  Random random_;
  IdGenerator ids_;
  Witness& witness_;
  Trace& trace_;
  int64_t requests_ = 0;
  std::vector<std::string> runs_;
  std::vector<Request> earlier_;  // those that may be asked again
};

}  // namespace powerdown
