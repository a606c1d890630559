#include "common/log/event_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/log/run_log.h"
#include "tests/support/event_bytes.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string NamesOfEvents(const std::vector<EventFile>& files) {
  const auto rows = OpenEventRows(files, "logs");
  if (!rows.ok()) return std::string(rows.status().message());
  const auto names = (*rows)->Names();
  return names.ok() ? Join(*names, " ") : std::string(names.status().message());
}

TEST(EventRowsTest, FoldersThatNameASideArePartOfTheNames) {
  EXPECT_EQ(EventNamePrefix("events.out.tfevents.1.box"), "");
  EXPECT_EQ(EventNamePrefix("Nov27_box/events.out.tfevents.1.box"), "");
  EXPECT_EQ(EventNamePrefix("run 7/validation/events.out.tfevents.1.box"), "validation/");
  EXPECT_EQ(EventNamePrefix("Loss_train/deep/events.out.tfevents.1.box"), "Loss_train/");
  EXPECT_TRUE(IsEventFileName("logs/events.out.tfevents.1700000000.box.1.0"));
  EXPECT_FALSE(IsEventFileName("tfevents/notes.txt"));
}

// As Keras writes them: one folder for each side.
TEST(EventRowsTest, TheFilesOfATrainingAreOneRun) {
  const std::vector<EventFile> files = {
      {"train/events.out.tfevents.1.box", VersionRecord() +
                                              ScalarRecord(1e9, 1, "epoch_accuracy", 0.5) +
                                              ScalarRecord(1e9 + 60, 2, "epoch_accuracy", 1)},
      {"validation/events.out.tfevents.1.box",
       ScalarRecord(1e9 + 1, 1, "epoch_accuracy", 0.25) +
           ScalarRecord(1e9 + 61, 2, "epoch_accuracy", 0.75) +
           ScalarRecord(1e9 + 61, 2, "epoch_loss", 0.125)}};
  const auto rows = OpenEventRows(files, "logs");
  ASSERT_TRUE(rows.ok()) << rows.status();
  const absl::StatusOr<RunLog> log = ReadRunLog(**rows, "logs", {});
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->reports.size(), 2u);
  const StepReport& last = log->reports[1];
  EXPECT_EQ(last.evaluation.step, 2);
  EXPECT_EQ(last.evaluation.train_accuracy, 1);
  EXPECT_EQ(last.evaluation.validation_accuracy, 0.75);
  EXPECT_EQ(last.evaluation.validation_loss, 0.125);
  EXPECT_EQ(last.evaluation.train_loss, std::nullopt);
  EXPECT_EQ(last.time, absl::UnixEpoch() + absl::Seconds(1e9 + 61));
}

TEST(EventRowsTest, SeveralTrainingsAreNotOneRun) {
  const std::string bytes = ScalarRecord(1, 1, "acc", 1);
  EXPECT_EQ(NamesOfEvents({{"a/train/events.out.tfevents.1.box", bytes},
                           {"b/train/events.out.tfevents.1.box", bytes}}),
            "logs: has several trainings, \"a\" and \"b\"; name the folder of one");
}

TEST(EventRowsTest, WhatCannotBeReadIsTold) {
  EXPECT_EQ(NamesOfEvents({{"events.out.tfevents.1.box", VersionRecord()}}),
            "logs: has no scalars");
  EXPECT_THAT(NamesOfEvents({{"events.out.tfevents.1.box", "step,train_acc,val_acc\n1,2,3\n"}}),
              HasSubstr("logs/events.out.tfevents.1.box: byte 0: "));
  const std::string whole = ScalarRecord(1, 1, "step", 1) + ScalarRecord(1, 1, "acc", 1);
  const auto rows =
      *OpenEventRows({{"events.out.tfevents.1.box", whole.substr(0, whole.size() - 1)}}, "logs");
  EXPECT_TRUE(rows->is_cut_off());
  // A scalar called "step" is no second column of steps.
  EXPECT_EQ(NamesOfEvents({{"events.out.tfevents.1.box", whole}}), "step wall_time acc");
  std::string many;
  for (size_t i = 0; i <= kMostLogColumns; ++i) many += ScalarRecord(1, 1, Concat("m", i), 1);
  EXPECT_THAT(NamesOfEvents({{"events.out.tfevents.1.box", many}}),
              HasSubstr("more than 2000 names"));
}

}  // namespace
}  // namespace powerdown
