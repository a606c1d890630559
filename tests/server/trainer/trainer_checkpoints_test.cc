#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "absl/strings/str_replace.h"
#include "server/trainer/checkpoint_store.h"
#include "server/trainer/trainer.h"
#include "tests/server/trainer/tiny_run.h"
#include "tests/support/size_limit.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

RunSpec Minibatches(RunSpec spec) {
  spec.batch_size = 7;
  return spec;
}

// Goes on from that checkpoint in a folder of its own.
void Continue(TinyRun& run, const TinyRun& before, const Checkpoint& checkpoint) {
  run.start().auto_stop = before.start().auto_stop;
  run.start().resume_file = before.PathOf(checkpoint);
}

class ResumeTest : public testing::TestWithParam<RunSpec> {};

TEST_P(ResumeTest, AtTwentyRandomStepsIsBitIdentical) {
  TinyRun whole(GetParam());
  ASSERT_TRUE(whole.ToEnd().ok());
  std::mt19937 random(20);
  for (int i = 0; i < 20; ++i) {
    const int64_t step = random() % GetParam().max_steps;
    TinyRun first(GetParam());
    ASSERT_TRUE(first.Open().ok());
    ASSERT_TRUE(first.Steps(step).ok());
    ASSERT_TRUE(first.trainer().End(EndRequest::kPause).ok());
    ASSERT_EQ(first.End().outcome, AttemptOutcome::kPaused);
    ASSERT_EQ(first.Newest("last").step, step);
    TinyRun rest(GetParam());
    Continue(rest, first, first.Newest("last"));
    ASSERT_TRUE(rest.ToEnd().ok());
    EXPECT_EQ(rest.LastHash(), whole.LastHash()) << step;
    EXPECT_EQ(ReportsFrom(rest, step + 1), ReportsFrom(whole, step + 1)) << step;
  }
}

TEST_P(ResumeTest, AfterAKillRedoesAtMostOneInterval) {
  constexpr absl::Duration kStep = absl::Seconds(4);
  constexpr int64_t kInterval = 8;  // steps in a little over 30 s
  TinyRun whole(GetParam());
  ASSERT_TRUE(whole.ToEnd().ok());
  for (const int64_t killed_at : {9, 23, 29}) {
    TinyRun first(GetParam());
    ASSERT_TRUE(first.Open().ok());
    ASSERT_TRUE(first.Steps(killed_at, kStep).ok());
    Checkpoint newest;
    for (const CheckpointLine& line : first.Said<CheckpointLine>()) {
      if (line.checkpoint.kind == CheckpointKind::kFull) newest = line.checkpoint;
    }
    ASSERT_FALSE(newest.file.empty()) << killed_at;
    EXPECT_LE(killed_at - newest.step, kInterval);
    TinyRun rest(GetParam());
    Continue(rest, first, newest);
    ASSERT_TRUE(rest.ToEnd().ok());
    EXPECT_EQ(rest.LastHash(), whole.LastHash()) << killed_at;
  }
}

RunSpec Accelerated(RunSpec spec, const std::string& optimizer) {
  spec.optimizer = optimizer;
  spec.grokfast = 1;
  spec.orthogonal_gradient = "on";
  spec.max_steps = 30;
  return spec;
}

INSTANTIATE_TEST_SUITE_P(Specs, ResumeTest,
                         testing::Values(TinySpec(), Minibatches(TinySpec()), TinyTransformer(),
                                         Minibatches(TinyTransformer()),
                                         Accelerated(TinySpec(), "sgd"),
                                         Accelerated(TinySpec(), "muon"),
                                         Accelerated(TinySpec(), "adamw")),
                         [](const auto& tested) {
                           return tested.param.model + "_" + tested.param.optimizer +
                                  (tested.param.batch_size > 0 ? "_minibatch" : "_full_batch") +
                                  (tested.param.grokfast > 0 ? "_accelerated" : "");
                         });

TEST(TrainerCheckpointsTest, OnlyTheNewestPeriodicOneIsKept) {
  TinyRun run(TinySpec());
  ASSERT_TRUE(run.Open().ok());
  ASSERT_TRUE(run.Steps(40, absl::Seconds(31)).ok());
  int periodic = 0;
  for (const auto& entry : std::filesystem::directory_iterator(run.folder())) {
    periodic += entry.path().string().ends_with("-step.ckpt") ? 1 : 0;
  }
  EXPECT_EQ(periodic, 1);
  EXPECT_EQ(run.Newest("").step, 40);
}

TEST(TrainerCheckpointsTest, AFullDiskCostsNoRunAndNotTheLastGoodCheckpoint) {
  constexpr absl::Duration kStep = absl::Seconds(4);
  TinyRun whole(TinySpec());
  ASSERT_TRUE(whole.ToEnd().ok());
  TinyRun first(TinySpec());
  ASSERT_TRUE(first.Open().ok());
  ASSERT_TRUE(first.Steps(9, kStep).ok());
  const Checkpoint good = first.Newest("");
  ASSERT_EQ(good.kind, CheckpointKind::kFull);
  {
    const SizeLimit full(100);
    ASSERT_TRUE(first.Steps(20, kStep).ok()) << "a periodic checkpoint is not worth a run";
    EXPECT_FALSE(first.trainer().is_box_trouble());
    EXPECT_EQ(first.Newest("").step, good.step);
    const absl::Status ended = first.Steps(100, kStep);
    EXPECT_TRUE(absl::IsResourceExhausted(ended)) << ended;
    EXPECT_TRUE(first.trainer().is_box_trouble());
    EXPECT_EQ(first.End().step, -1) << "nothing was said of an end";
  }
  TinyRun rest(TinySpec());
  Continue(rest, first, good);
  ASSERT_TRUE(rest.ToEnd().ok());
  EXPECT_EQ(rest.LastHash(), whole.LastHash());
}

TEST(TrainerCheckpointsTest, AStopTakenBackGoesOnToTheUsualEnd) {
  TinyRun usual(EasySpec());
  ASSERT_TRUE(usual.ToEnd().ok());
  TinyRun stopped(EasySpec());
  stopped.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(stopped.ToEnd().ok());
  TinyRun rest(EasySpec());
  rest.start().auto_stop = AutoStop::kOn;
  rest.start().take_back_stop = true;
  rest.start().resume_file = stopped.PathOf(stopped.Newest("stop"));
  ASSERT_TRUE(rest.ToEnd().ok());
  EXPECT_EQ(rest.End().outcome, AttemptOutcome::kFinished);
  EXPECT_EQ(rest.LastHash(), usual.LastHash());
}

// The worker may be killed between writing the stop and saying that it ended.
TEST(TrainerCheckpointsTest, AStopThatWasNotSaidIsSaidAfterTheResume) {
  TinyRun stopped(EasySpec());
  stopped.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(stopped.ToEnd().ok());
  TinyRun again(EasySpec());
  again.start().auto_stop = AutoStop::kOn;
  again.start().resume_file = stopped.PathOf(stopped.Newest("stop"));
  ASSERT_TRUE(again.ToEnd().ok());
  EXPECT_EQ(again.End().outcome, AttemptOutcome::kStopped);
  EXPECT_EQ(again.End().stop_reason, StopReason::kGrokked);
  EXPECT_EQ(again.End().step, stopped.End().step);
  EXPECT_EQ(again.LastHash(), stopped.LastHash());
}

TEST(TrainerCheckpointsTest, AResumedRunStopsWhereTheWholeOneDoes) {
  TinyRun whole(EasySpec());
  whole.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(whole.ToEnd().ok());
  const int64_t stop = whole.End().step;
  for (const int64_t step : {stop / 3, stop - 15, stop - 5, stop}) {
    TinyRun first(EasySpec());
    first.start().auto_stop = AutoStop::kOn;
    ASSERT_TRUE(first.Open().ok());
    ASSERT_TRUE(first.Steps(step).ok());
    ASSERT_TRUE(first.trainer().End(EndRequest::kShutdown).ok());
    TinyRun rest(EasySpec());
    Continue(rest, first, first.Newest("last"));
    ASSERT_TRUE(rest.ToEnd().ok());
    EXPECT_EQ(rest.End().step, stop) << step;
    EXPECT_EQ(rest.LastHash(), whole.LastHash()) << step;
    EXPECT_EQ(rest.Newest("best").sha256, whole.Newest("best").sha256) << step;
  }
}

// Engines differ in bits, so a run stays with the one it began with.
TEST(TrainerCheckpointsTest, ARunGoesOnWithTheEngineThatMadeItsCheckpoint) {
  for (const RunSpec& spec : {TinySpec(), Minibatches(TinyTransformer())}) {
    std::vector<std::string> hashes;
    for (const EngineKind engine : {EngineKind::kPlain, EngineKind::kLoops, EngineKind::kTensors}) {
      TinyRun whole(spec);
      whole.set_engine(engine);
      ASSERT_TRUE(whole.ToEnd().ok());
      TinyRun first(spec);
      first.set_engine(engine);
      ASSERT_TRUE(first.Open().ok());
      ASSERT_TRUE(first.Steps(33).ok());
      ASSERT_TRUE(first.trainer().End(EndRequest::kPause).ok());
      TinyRun rest(spec);
      Continue(rest, first, first.Newest("last"));
      ASSERT_TRUE(rest.ToEnd().ok());
      EXPECT_EQ(rest.trainer().training().engine(), engine);
      EXPECT_EQ(rest.LastHash(), whole.LastHash());
      EXPECT_EQ(ReportsFrom(rest, 34), ReportsFrom(whole, 34));
      hashes.push_back(whole.LastHash());
    }
    EXPECT_NE(hashes[1], hashes[2]) << "or this test shows nothing";
  }
}

TEST(TrainerCheckpointsTest, ALongerBudgetIsNoOtherRun) {
  TinyRun whole(TinySpec());
  ASSERT_TRUE(whole.ToEnd().ok());
  RunSpec shorter = TinySpec();
  shorter.max_steps = 33;
  TinyRun first(shorter);
  ASSERT_TRUE(first.ToEnd().ok());
  TinyRun rest(TinySpec());
  Continue(rest, first, first.Newest("last"));
  ASSERT_TRUE(rest.ToEnd().ok());
  EXPECT_EQ(rest.LastHash(), whole.LastHash());
}

class RefusalTest : public testing::Test {
 protected:
  RefusalTest() : first_(Minibatches(TinySpec())) {
    ready_ = first_.ToEnd().ok();
    content_ = *ReadCheckpoint(first_.PathOf(first_.Newest("last")));
  }
  CheckpointTensor& TensorOf(const std::string& name) {
    for (CheckpointTensor& tensor : content_.tensors) {
      if (tensor.name == name) return tensor;
    }
    abort();
  }
  // With a right checksum: what somebody edited on purpose.
  absl::Status ResumeFromEdited() {
    const std::string path = first_.folder() + "/edited.ckpt";
    std::ofstream(path, std::ios::binary) << EncodeCheckpoint(content_);
    return ResumeFrom(path, first_.start().spec);
  }
  static absl::Status ResumeFrom(const std::string& path, const RunSpec& spec) {
    TinyRun run(spec);
    run.start().resume_file = path;
    return run.Open();
  }
  void ExpectOneLine(const absl::Status& status, absl::StatusCode code, const std::string& part) {
    const std::string message(status.message());
    EXPECT_EQ(status.code(), code) << message;
    EXPECT_THAT(message, HasSubstr(part));
    EXPECT_THAT(message, HasSubstr(".ckpt"));
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }

  TinyRun first_;
  CheckpointContent content_;
  bool ready_ = false;
};

TEST_F(RefusalTest, OfAnotherSpec) {
  RunSpec other = first_.start().spec;
  other.seed = 5;
  ExpectOneLine(ResumeFrom(first_.PathOf(first_.Newest("last")), other),
                absl::StatusCode::kFailedPrecondition, "another spec");
}

TEST_F(RefusalTest, OfWeightsAlone) {
  ExpectOneLine(ResumeFrom(first_.PathOf(first_.Newest("best")), first_.start().spec),
                absl::StatusCode::kFailedPrecondition, "weights only");
}

TEST_F(RefusalTest, OfAFileWhoseBytesChanged) {
  const std::string path = first_.PathOf(first_.Newest("last"));
  std::string bytes = FileText(path);
  bytes[bytes.size() / 2] ^= 4;
  std::ofstream(path, std::ios::binary) << bytes;
  ExpectOneLine(ResumeFrom(path, first_.start().spec), absl::StatusCode::kDataLoss, "checksum");
}

TEST_F(RefusalTest, OfAFileCutShort) {
  const std::string path = first_.PathOf(first_.Newest("last"));
  std::filesystem::resize_file(path, 1000);
  ExpectOneLine(ResumeFrom(path, first_.start().spec), absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(RefusalTest, OfATensorOfTheWrongSize) {
  for (const char* name : {"optimizer.mean", "optimizer.square", "snapshot.best", "evaluations"}) {
    const CheckpointTensor whole = TensorOf(name);
    TensorOf(name).shape = {1};
    TensorOf(name).bytes.resize(whole.dtype == "f64" ? 8 : 4);
    ExpectOneLine(ResumeFromEdited(), absl::StatusCode::kDataLoss, name);
    TensorOf(name) = whole;
  }
  EXPECT_TRUE(ResumeFromEdited().ok());
}

TEST_F(RefusalTest, OfABatchOutsideTheTable) {
  content_.step = 30;
  TensorOf("batch").shape = {1};
  const int64_t row = 25;
  TensorOf("batch").bytes.assign(reinterpret_cast<const char*>(&row), sizeof(row));
  ExpectOneLine(ResumeFromEdited(), absl::StatusCode::kDataLoss, "batch");
}

TEST_F(RefusalTest, OfAnEngineThatIsNotHere) {
  const std::string extra = content_.extra_json;
  const std::string was = "\"engine\":\"loops\"";
  const auto with = [&](const std::string& engine) {
    return absl::StrReplaceAll(extra, {{was, engine}});
  };
  ASSERT_THAT(extra, HasSubstr(was));
  content_.extra_json = with("\"engine\":\"\\u001bquantum\"");
  ExpectOneLine(ResumeFromEdited(), absl::StatusCode::kFailedPrecondition, "\\x1bquantum");
  content_.extra_json = with("\"engine\":7");
  ExpectOneLine(ResumeFromEdited(), absl::StatusCode::kDataLoss, "damaged");
  // As before there were engines by tensors.
  content_.extra_json = with("\"was\":1");
  EXPECT_TRUE(ResumeFromEdited().ok());
}

TEST_F(RefusalTest, OfStateThatIsNotWhatItShouldBe) {
  for (const char* extra :
       {"", "[]", R"({"optimizer_steps":"many"})", R"({"optimizer_steps":5,"order":7})",
        R"({"optimizer_steps":5,"order":"1 2 3"})"}) {
    content_.extra_json = extra;
    ExpectOneLine(ResumeFromEdited(), absl::StatusCode::kDataLoss, "damaged");
  }
}

}  // namespace
}  // namespace powerdown
