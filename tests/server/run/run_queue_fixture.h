// A queue with everything real but time, hardware and processes.
#pragma once

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/run/run_queue.h"
#include "tests/fakes/fake_meter.h"
#include "tests/fakes/fake_worker.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/processes.h"

namespace powerdown {

class RunQueueTest : public ::testing::Test {
 protected:
  RunQueueTest() {
    options_.state_dir = folder_.path();
    options_.boot_id = "boot";
    OpenStore(":memory:");
    StartQueue();
  }
  ~RunQueueTest() override { queue_.reset(); }

  void OpenStore(const std::string& path, int64_t max_pages = 0,
                 absl::Duration busy_timeout = absl::Milliseconds(1)) {
    queue_.reset();
    store_.reset();
    store_ = *Store::Open({.path = path, .max_pages = max_pages, .busy_timeout = busy_timeout});
  }
  // From now on a database on disk, which outlives the queue and can be locked.
  void UseFile(int64_t max_pages = 0) {
    OpenStore(folder_.path() + "/powerdown.db", max_pages);
    StartQueue();
  }
  // As a daemon that starts: with the store as the one before it left it.
  void StartQueue() {
    queue_.reset();
    sampler_ = std::make_unique<Sampler>(SamplerOptions(), Meters(),
                                         std::make_unique<FakeActivity>(&box_));
    queue_ = std::make_unique<RunQueue>(options_, &clock_, &ids_, store_.get(), sampler_.get(),
                                        &feed_, &launcher_);
    const absl::Status recovered = queue_->Recover(clock_.Now());
    EXPECT_TRUE(recovered.ok()) << recovered;
  }
  static std::vector<std::unique_ptr<PowerMeter>> Meters() {
    std::vector<std::unique_ptr<PowerMeter>> meters;
    meters.push_back(std::make_unique<FakePowerMeter>("cpu"));
    return meters;
  }

  void Tick(absl::Duration time = absl::Milliseconds(100)) { queue_->Tick(clock_.Advance(time)); }
  std::string Submit(const std::string& name = "", const std::string& request_id = "") {
    SubmitRequest request;
    request.name = name;
    request.owner = "ada";
    request.request_id = request_id;
    const auto run = queue_->Submit(request);
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? run->run_id : "";
  }
  // A run whose worker has started; the worker is the newest one.
  std::string SubmitAndStart() {
    const std::string run_id = Submit();
    Tick();
    NewestWorker().SayStarted();
    return run_id;
  }
  // A command whose runner has started.
  std::string SubmitCommand(CommandSpec command = {}) {
    SubmitRequest request;
    request.owner = "ada";
    request.auto_stop = AutoStop::kObserve;
    if (command.words.empty()) command.words = {"python3", "train.py"};
    command.directory = "/";
    request.command = command;
    request.environment = {"KEY=secret"};
    request.command->variables = {"KEY"};
    const auto run = queue_->Submit(request);
    EXPECT_TRUE(run.ok()) << run.status();
    Tick();
    NewestWorker().SayStarted();
    Tick();
    return run.ok() ? run->run_id : "";
  }
  FakeWorkerState& NewestWorker() { return launcher_.worker(launcher_.launches() - 1); }
  powerdown::Run Get(const std::string& run_id) {
    const auto run = queue_->Get(run_id);
    EXPECT_TRUE(run.ok()) << run.status();
    return run.value_or(powerdown::Run());
  }
  RunState StateOf(const std::string& run_id) { return Get(run_id).state; }
  std::string ReasonOf(const std::string& run_id) { return Get(run_id).state_reason; }
  std::vector<std::string> EventsOf(const std::string& run_id, const std::string& kind) {
    std::vector<std::string> messages;
    const std::vector<RunEvent> events = *store_->updates().ReadEvents(run_id, kind);
    for (const RunEvent& event : events) messages.push_back(event.message);
    return messages;
  }
  // The newest worker writes a full checkpoint into its attempt's folder and says so.
  void WriteCheckpoint(const std::string& run_id, int64_t attempt, int64_t step,
                       const std::string& label) {
    CheckpointLine line;
    line.checkpoint.step = step;
    line.checkpoint.label = Named<CheckpointLabel>::Parse(label);
    line.checkpoint.kind = CheckpointKind::kFull;
    line.checkpoint.sha256 = "hash-" + std::to_string(step);
    line.checkpoint.file = "step-" + std::to_string(step);
    std::ofstream(folder_.path() + "/runs/" + run_id + "/" + std::to_string(attempt) + "/" +
                  line.checkpoint.file)
        << "weights";
    NewestWorker().Say(line);
  }
  // As long as it lives, another process holds the database.
  std::unique_ptr<SQLite::Database> LockTheDatabase() {
    auto other = std::make_unique<SQLite::Database>(folder_.path() + "/powerdown.db",
                                                    SQLite::OPEN_READWRITE);
    other->exec("BEGIN IMMEDIATE");
    return other;
  }

  TemporaryFolder folder_;
  SimulatedClock clock_;
  IdGenerator ids_{7};
  FakeActivity::Box box_;
  RunQueueOptions options_;
  Feed feed_;
  FakeLauncher launcher_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<RunQueue> queue_;
};

}  // namespace powerdown
