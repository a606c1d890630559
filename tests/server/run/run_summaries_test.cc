#include "server/run/run_summaries.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "common/energy/energy.h"
#include "common/run/standing_reports.h"
#include "common/study/run_summarizer.h"
#include "server/run/bills.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

void MakeAll(Store& store) {
  RunSummaries summaries(&store, nullptr, "");
  absl::StatusOr<bool> made = true;
  while (made.ok() && *made) made = summaries.MakeSome();
  EXPECT_TRUE(made.ok()) << made.status();
}

// What the summary is to say, from all reports and the whole ledger.
RunSummary Expected(Store& store, const std::string& run_id) {
  powerdown::Run run = *store.runs().Get(run_id);
  run.energy = SumIntervals(store.ledger().ReadTotals({RunConsumerPrefix(run_id)})->at(0));
  RunSummary summary =
      *OverviewOf(run, StandingReports(*store.updates().ReadReports(run_id)), nullptr).summary;
  summary.made_with = "1/";
  return summary;
}

// Lives of a few runs: they start, report, rewind, end, go on, are renamed and deleted.
class Lives {
 public:
  explicit Lives(Store& store) : store_(store) {}

  void Step() {
    powerdown::Run& run = runs_[static_cast<size_t>(*rc::gen::inRange(0, 3))];
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        return Begin(run);
      case 1:
      case 2:
      case 3:
        return Report(run);
      case 4:
        return Book(run);
      case 5:
      case 6:
        return End(run);
      default:
        return Delete(run);
    }
  }

 private:
  // As a new run, or from an earlier step on.
  void Begin(powerdown::Run& run) {
    if (run.run_id.empty()) {
      run = ExampleRun("01" + std::to_string(++made_));
      run.spec.task = "addition";
      run.state = RunState::kRunning;
      Check(store_.group().Commit({.run = run, .is_new = true}));
      attempt_[run.run_id] = 1;
    } else {
      ++attempt_[run.run_id];
      run.steps -= *rc::gen::inRange<int64_t>(0, run.steps + 1);
      run.state = RunState::kRunning;
      Check(store_.group().Commit({.run = run}));
    }
  }
  void Report(powerdown::Run& run) {
    if (run.state != RunState::kRunning) return;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      run.steps += *rc::gen::inRange(1, 50);
      StepReport report = ExampleReport(run.run_id, run.steps);
      report.attempt = attempt_[run.run_id];
      report.evaluation.train_accuracy = 1;
      report.evaluation.validation_accuracy = *rc::gen::element(0.5, 0.995, 1.0);
      if (*rc::gen::inRange(0, 4) > 0) report.energy = Joules(static_cast<double>(run.steps));
      store_.group().Append(report);
      if (*rc::gen::inRange(0, 4) == 0) run.grok_step = run.steps;
    }
  }
  void Book(powerdown::Run& run) {
    if (run.run_id.empty()) return;
    store_.group().Append(ExampleInterval(AttemptConsumer(run.run_id, attempt_[run.run_id]),
                                          *rc::gen::inRange(0, 5), 0.7),
                          "boot");
    Check(store_.group().Commit());
  }
  void End(powerdown::Run& run) {
    if (run.run_id.empty()) return;
    run.state = *rc::gen::element(RunState::kFinished, RunState::kStopped, RunState::kFailed);
    if (run.state == RunState::kStopped) run.stop = StopOutcome{.step = run.steps / 2};
    Check(store_.group().Commit({.run = run}));
  }
  void Delete(powerdown::Run& run) {
    if (run.run_id.empty() || !HasEnded(run.state)) return;
    Check(store_.group().Commit());
    EXPECT_TRUE(store_.runs().Delete(run.run_id).ok());
    run = powerdown::Run();
  }
  static void Check(const absl::StatusOr<int64_t>& revision) { RC_ASSERT(revision.ok()); }

  Store& store_;
  int made_ = 0;
  std::vector<powerdown::Run> runs_{3};
  std::map<std::string, int64_t> attempt_;
};

RC_GTEST_PROP(RunSummariesTest, SayWhatTheReportsSayWhateverTheirRunsWentThrough, ()) {
  const auto store = OpenOrDie();
  Lives lives(*store);
  for (int i = *rc::gen::inRange(1, 60); i > 0; --i) {
    lives.Step();
    if (*rc::gen::inRange(0, 5) == 0) MakeAll(*store);
  }
  MakeAll(*store);
  const std::vector<RunOverview> runs = *store->summaries().List({});
  for (const RunOverview& run : runs) {
    RC_ASSERT(run.summary.has_value() == HasEnded(run.state));
    if (run.summary) RC_ASSERT(*run.summary == Expected(*store, run.run_id));
    std::vector<powerdown::Run> billed = {*store->runs().Get(run.run_id)};
    RC_ASSERT(AddBills(*store, {}, billed).ok());
    RC_ASSERT(billed[0].energy ==
              SumIntervals(store->ledger().ReadTotals({RunConsumerPrefix(run.run_id)})->at(0)));
  }
}

TEST(RunSummariesTest, AFewAtATimeAndOnlyThoseThatAreDue) {
  const auto store = OpenOrDie();
  for (int64_t i = 0; i <= RunSummaries::kRunsAStep; ++i) {
    powerdown::Run run = ExampleRun("01" + std::to_string(100 + i));
    run.state = RunState::kFinished;
    InsertOrDie(*store, run);
  }
  RunSummaries summaries(store.get(), nullptr, "");
  EXPECT_TRUE(*summaries.MakeSome());
  EXPECT_EQ(store->summaries().ListDue(100)->size(), 1u);
  EXPECT_TRUE(*summaries.MakeSome());
  EXPECT_FALSE(*summaries.MakeSome());
  // The next daemon has other weights: all are made again.
  RunSummaries of_others(store.get(), nullptr, "weights");
  EXPECT_TRUE(*of_others.MakeSome());
}

TEST(RunSummariesTest, EndWithTheDaemon) {
  const auto store = OpenOrDie();
  powerdown::Run run = ExampleRun("01a");
  run.state = RunState::kFinished;
  InsertOrDie(*store, run);
  RunSummaries summaries(store.get(), nullptr, "");
  summaries.Stop();
  EXPECT_TRUE(absl::IsCancelled(summaries.MakeSome().status()));
  EXPECT_EQ(store->summaries().ListDue(100)->size(), 1u);
}

}  // namespace
}  // namespace powerdown
