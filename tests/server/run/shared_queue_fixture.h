// A queue with one worker, of which several users share the energy.
#pragma once

#include <string>

#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {

class SharedQueueTest : public RunQueueTest {
 protected:
  SharedQueueTest() {
    options_.max_running = 1;
    options_.factors = DefaultFactors();
    StartQueue();
  }
  std::string SubmitFor(const std::string& owner, int64_t priority = 0) {
    SubmitRequest request;
    request.owner = owner;
    request.priority = priority;
    return queue_->Submit(request)->run_id;
  }
  absl::StatusOr<powerdown::Run> SubmitWith(const std::string& budget) {
    SubmitRequest request;
    request.owner = "ada";
    request.budget = *ParseBudget(budget);
    return queue_->Submit(request);
  }
  // The newest worker computes for so long at the meter's 100 W and reports.
  void Work(absl::Duration time, int64_t step) {
    box_.Use(static_cast<int64_t>(100 + launcher_.launches()), time);
    Tick(time);
    NewestWorker().SayStep(step, clock_.Now().monotonic);
    Tick(absl::Milliseconds(1));
  }
  // Three runs of 2 kJ each, by which the next ones are judged.
  void StopThreeRuns() {
    for (int i = 0; i < 3; ++i) {
      SubmitFor("ada");
      Tick();
      Work(absl::Seconds(20), 100);
      NewestWorker().EndAs("stopped", 100, "grokked");
      Tick();
    }
  }
  std::string NewestOwner() { return Get(NewestWorker().start().run_id).owner; }
};

}  // namespace powerdown
