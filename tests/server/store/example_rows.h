// Stores and rows for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/store/store.h"

namespace powerdown {

inline std::unique_ptr<Store> OpenOrDie(const std::string& path = ":memory:",
                                        int64_t max_pages = 0) {
  auto store =
      Store::Open({.path = path, .max_pages = max_pages, .busy_timeout = absl::Milliseconds(1)});
  if (!store.ok()) {
    ADD_FAILURE() << store.status();
    abort();
  }
  return *std::move(store);
}

inline std::vector<int64_t> Revisions(const absl::StatusOr<std::vector<RunUpdate>>& updates) {
  std::vector<int64_t> revisions;
  for (const RunUpdate& update : updates.value()) revisions.push_back(RevisionOf(update));
  return revisions;
}

inline absl::Time ExampleTime(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

inline Run ExampleRun(const std::string& run_id, int64_t created_second = 0) {
  Run run;
  run.run_id = run_id;
  run.name = "a run";
  run.owner = "ada";
  run.max_steps = 10000;
  run.created_at = ExampleTime(created_second);
  return run;
}

inline void InsertOrDie(Store& store, const Run& run) {
  const auto inserted = store.group().Commit({.run = run, .is_new = true});
  ASSERT_TRUE(inserted.ok()) << inserted.status();
}

inline absl::Status ImportOf(Store& store, const std::vector<RunBundle>& bundles,
                             const std::string& request_id) {
  const RunsInMemory runs(bundles);
  return store.runs().Import(runs.incoming, runs.next, request_id);
}

inline Checkpoint ExampleCheckpoint(const std::string& checkpoint_id, int64_t step) {
  return {checkpoint_id,         1,    step,      CheckpointLabel::kBest,
          CheckpointKind::kFull, "ab", 42 + step, "attempt-1/best"};
}

inline StepReport ExampleReport(const std::string& run_id, int64_t step) {
  StepReport report;
  report.run_id = run_id;
  report.time = ExampleTime(step);
  report.monotonic = absl::Milliseconds(step);
  report.evaluation = {.step = step,
                       .train_loss = 0.1 + 0.2,
                       .train_accuracy = 1.0 / 3,
                       .validation_loss = 5e-324,
                       .validation_accuracy = 0.25};
  report.gradient_norm = 1e300;
  return report;
}

inline RunEvent ExampleEvent(const std::string& run_id, const std::string& kind,
                             const std::string& message = "") {
  RunEvent event;
  event.run_id = run_id;
  event.time = ExampleTime(0);
  event.kind = Named<EventKind>::Parse(kind);
  event.message = message;
  return event;
}

inline LedgerInterval ExampleInterval(const std::string& consumer, int64_t start_second,
                                      double joules) {
  LedgerInterval interval;
  interval.device = "cpu";
  interval.consumer = consumer;
  interval.start = absl::Seconds(start_second);
  interval.end = absl::Seconds(start_second + 1);
  interval.joules = Joules(joules);
  interval.low = Joules(joules / 2);
  interval.high = Joules(joules * 2);
  interval.source = "estimate";
  return interval;
}

}  // namespace powerdown
