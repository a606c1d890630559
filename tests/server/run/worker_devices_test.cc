#include "server/run/worker_devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/fakes/fake_worker.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WorkerDevicesTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Worker>> Start(WorkerObserver* observer) {
    absl::StatusOr<std::unique_ptr<Worker>> worker = launcher_.Launch({}, observer);
    if (worker.ok() && !line_.empty()) observer->OnLine(line_);
    return worker;
  }

  FakeLauncher launcher_;
  std::string line_;
  WorkerDevices devices_{[this](WorkerObserver* observer) { return Start(observer); },
                         absl::Milliseconds(1)};
};

TEST_F(WorkerDevicesTest, AnAnswerIsKept) {
  line_ = R"({"devices":["cpu","mps"]})";
  EXPECT_THAT(*devices_.Get(), ElementsAre("cpu", "mps"));
  line_ = R"({"devices":["cpu"]})";
  EXPECT_THAT(*devices_.Get(), ElementsAre("cpu", "mps"));
  EXPECT_EQ(launcher_.launches(), 1);
}

TEST_F(WorkerDevicesTest, AFailureIsToldAndAskedAboutAgain) {
  launcher_.FailNext(absl::NotFoundError("no program"));
  EXPECT_EQ(devices_.Get().status(), absl::NotFoundError("no program"));
  line_ = R"({"devices":["cpu"]})";
  EXPECT_THAT(*devices_.Get(), ElementsAre("cpu"));
}

// A driver that hangs holds nobody up for long, and what it says later counts.
TEST_F(WorkerDevicesTest, AnAnswerThatComesLateIsThereForTheNextOne) {
  for (int i = 0; i < 2; ++i) {
    const auto none = devices_.Get();
    EXPECT_EQ(none.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(none.status().message()), HasSubstr("try again"));
  }
  EXPECT_EQ(launcher_.launches(), 1) << "it is asked once";
  for (const char* other : {"warning", R"({"devices":"cpu"})", R"({"devices":[1]})"}) {
    launcher_.worker(0).observer->OnLine(other);
  }
  launcher_.worker(0).observer->OnLine(R"({"devices":["cpu","cuda"]})");
  EXPECT_THAT(*devices_.Get(), ElementsAre("cpu", "cuda"));
}

}  // namespace
}  // namespace powerdown
