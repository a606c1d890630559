// A daemon's inside on real gRPC without a socket: store in memory, clock by hand, and no loop, so
// that tests write what runs would have.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/ed25519.h"
#include "grpcpp/grpcpp.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/comparison_service.grpc.pb.h"
#include "powerdown/v1/power_service.grpc.pb.h"
#include "powerdown/v1/quiz_service.grpc.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"
#include "proto/convert.h"
#include "server/rpc/rpc_server.h"

namespace powerdown {

// Moves only when told to; can be made to block its readers.
class HandClock : public Clock {
 public:
  Instant Now() override {
    absl::MutexLock lock(&mutex_);
    ++readers_;
    mutex_.Await(absl::Condition(&is_open_));
    --readers_;
    return now_;
  }
  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_.monotonic += duration;
    now_.boottime += duration;
    now_.wall += duration;
  }
  void Block(bool blocks) {
    absl::MutexLock lock(&mutex_);
    is_open_ = !blocks;
  }
  void AwaitReaders(int count) {
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return readers_ >= count;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&enough));
  }

 private:
  absl::Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = true;
  int readers_ ABSL_GUARDED_BY(mutex_) = 0;
  Instant now_ ABSL_GUARDED_BY(mutex_) = {.monotonic = absl::Hours(1),
                                          .boottime = absl::Hours(1),
                                          .wall = absl::FromUnixSeconds(1'700'000'000)};
};

// Starts nothing; holds its callers, who come one at a time, until released.
class HoldingLauncher : public WorkerLauncher {
 public:
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder&, WorkerObserver*) override {
    if (!held_.HasBeenNotified()) held_.Notify();
    released_.WaitForNotification();
    return absl::UnavailableError("the launcher starts nothing");
  }
  absl::StatusOr<std::vector<std::string>> Devices() override {
    return std::vector<std::string>{"cpu"};
  }
  void AwaitHeld() { held_.WaitForNotification(); }
  void Release() { released_.Notify(); }

 private:
  absl::Notification held_;
  absl::Notification released_;
};

// Always 30 W.
class ConstantMeter : public PowerMeter {
 public:
  const MeterDescription& description() const override { return description_; }
  absl::StatusOr<PowerReading> Read(Instant) override {
    return PowerReading{.counter = std::nullopt, .power = Watts(30)};
  }

 private:
  const MeterDescription description_ = {.meter = "constant", .device = "cpu", .source = "rapl"};
};

class NoActivity : public HostActivity {
 public:
  absl::StatusOr<Use> Read(const std::vector<int64_t>&) override { return Use(); }
};

class RpcTest : public ::testing::Test {
 protected:
  explicit RpcTest(ListenOptions listen = {})
      : listen_(std::move(listen)),
        store_(*Store::Open({.path = ":memory:"})),
        sampler_({}, Meters(), std::make_unique<NoActivity>(),
                 {{ConstantMeter().description(), true, "", ""}}),
        queue_({}, &clock_, &ids_, store_.get(), &sampler_, &feed_, &launcher_),
        comparisons_(&queue_, store_.get(), &clock_, &ids_, DefaultFactors()),
        quiz_("/nonexistent", {store_.get(), &queue_, &sampler_, &clock_, &launcher_}) {
    EXPECT_TRUE(access_.Load(clock_.Now().wall).ok());
    StartServer();
    channel_ = server_->InProcessChannel();
    runs_ = v1::RunService::NewStub(channel_);
  }

  static std::vector<std::unique_ptr<PowerMeter>> Meters() {
    std::vector<std::unique_ptr<PowerMeter>> meters;
    meters.push_back(std::make_unique<ConstantMeter>());
    return meters;
  }
  void StartServer() {
    RpcParts parts;
    parts.clock = &clock_;
    parts.store = store_.get();
    parts.feed = &feed_;
    parts.sampler = &sampler_;
    parts.calibrations = &calibrations_;
    parts.queue = &queue_;
    parts.comparisons = &comparisons_;
    parts.quiz = &quiz_;
    parts.receipts = &receipts_;
    parts.access = &access_;
    parts.predictor = predictor_;
    parts.state_dir = "/state";
    server_ = *RpcServer::Start(parts, listen_);
  }
  // Queued; nothing here ever starts it.
  std::string Submit(const std::string& name = "") {
    grpc::ClientContext context;
    v1::SubmitRunRequest request;
    request.set_name(name);
    v1::Run run;
    const grpc::Status status = runs_->SubmitRun(&context, request, &run);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return run.run_id();
  }
  // Commits reports of the steps [first, last] and tells the feed.
  void Report(const std::string& run_id, int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step) {
      StepReport report;
      report.run_id = run_id;
      report.time = clock_.Now().wall;
      report.evaluation.step = step;
      store_->group().Append(report);
    }
    feed_.Publish(*store_->group().Commit());
  }
  void EndRun(const std::string& run_id) {
    powerdown::Run run = *store_->runs().Get(run_id);
    run.state = RunState::kFinished;
    run.ended_at = clock_.Now().wall;
    ASSERT_TRUE(store_->group().Commit({.run = run}).ok());
    feed_.Notify();
  }

  const ListenOptions listen_;
  HandClock clock_;
  IdGenerator ids_{1};
  std::unique_ptr<Store> store_;
  Feed feed_;
  Sampler sampler_;
  Calibrations calibrations_{store_.get(), &sampler_};
  HoldingLauncher launcher_;
  RunQueue queue_;
  Comparisons comparisons_;
  const Receipts receipts_{&queue_, &comparisons_, std::string(kEd25519KeyBytes, 'k')};
  Quiz quiz_;
  Access access_{store_.get(), &ids_, "ada"};
  std::shared_ptr<const Predictor> predictor_;  // none, unless a test sets it
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RunService::Stub> runs_;
};

// What a failed call says in its details.
inline v1::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
  v1::ErrorStatus details;
  v1::ErrorInfo info;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.details_size(), 1);
  if (details.details_size() == 1) {
    EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
    EXPECT_TRUE(info.ParseFromString(details.details(0).value()));
  }
  return info;
}

// One open WatchRun.
class TestWatch {
 public:
  TestWatch(v1::RunService::Stub* stub, const std::string& run_id, int64_t start_revision = 0) {
    v1::WatchRunRequest request;
    request.set_run_id(run_id);
    request.set_start_revision(start_revision);
    reader_ = stub->WatchRun(&context_, request);
  }
  std::optional<v1::WatchRunResponse> Next() {
    v1::WatchRunResponse message;
    if (!reader_->Read(&message)) return std::nullopt;
    return message;
  }
  // Reads on until it has seen `count` updates in all, or the stream ends.
  const std::vector<int64_t>& RevisionsUntil(size_t count) {
    while (revisions_.size() < count && !has_ended_) {
      const std::optional<v1::WatchRunResponse> message = Next();
      if (!message) break;
      ++messages_;
      has_ended_ = message->has_ended();
      for (const v1::RunUpdate& update : message->updates()) {
        revisions_.push_back(RevisionOf(*FromWire(update)));
      }
    }
    return revisions_;
  }
  const std::vector<int64_t>& RevisionsUntilTheEnd() { return RevisionsUntil(SIZE_MAX); }
  bool has_ended() const { return has_ended_; }
  int messages() const { return messages_; }
  grpc::Status Finish() { return reader_->Finish(); }
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>> reader_;
  std::vector<int64_t> revisions_;
  bool has_ended_ = false;
  int messages_ = 0;
};

// Gives way to other threads until it is so; false after ten seconds.
inline bool Becomes(const std::function<bool()>& is_so) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace powerdown
