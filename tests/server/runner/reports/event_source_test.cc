#include "server/runner/reports/event_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/server/runner/reports/reports_as_text.h"
#include "tests/support/event_bytes.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EventSourceTest : public testing::Test {
 protected:
  std::unique_ptr<ReportSource> Open() {
    auto source = EventSource::Open(logs_, {.is_percent = false});
    EXPECT_TRUE(source.ok()) << source.status();
    return *std::move(source);
  }
  std::string File(const std::string& below) {
    const std::string path = Concat(logs_, "/", below, "events.out.tfevents.1.box");
    fs::create_directories(fs::path(path).parent_path());
    return path;
  }

  const TemporaryFolder folder_;
  const std::string logs_ = folder_.path() + "/logs";
};

TEST_F(EventSourceTest, FilesAreFollowedAsTheyAppear) {
  const auto source = Open();
  EXPECT_THAT(Poll(*source), IsEmpty());  // no folder yet
  const std::string record = ScalarRecord(1e9, 1, "Accuracy/train", 0.5);
  const std::string file = File("Nov27_box/");
  Append(file, VersionRecord() + record.substr(0, 20));
  EXPECT_THAT(PollAll(*source), IsEmpty());
  Append(file, record.substr(20) + ScalarRecord(1e9, 1, "Accuracy/val", 0.25));
  EXPECT_THAT(PollAll(*source), ElementsAre("1 train_accuracy=0.5 validation_accuracy=0.25"));
  Append(File("second/"), ScalarRecord(1e9 + 1, 2, "lr", 0.5));
  EXPECT_THAT(PollAll(*source), ElementsAre("2 lr=0.5"));
  EXPECT_THAT(WarningsOf(*source), IsEmpty());
}

// Keras writes a file for each side; what both say of a step is one report, also where much of
// both is read at once.
TEST_F(EventSourceTest, TheFilesOfBothSidesAreReadTogether) {
  const auto source = Open();
  for (int i = 1; i <= 3; ++i) {
    Append(File("train/"), ScalarRecord(1e9 + 10 * i, i, "epoch_accuracy", 1));
    Append(File("validation/"), ScalarRecord(1e9 + 10 * i + 1, i, "epoch_accuracy", 0.5));
  }
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("1 train_accuracy=1 validation_accuracy=0.5",
                                                 "2 train_accuracy=1 validation_accuracy=0.5",
                                                 "3 train_accuracy=1 validation_accuracy=0.5"));
}

TEST_F(EventSourceTest, WhatWasThereBeforeIsPassedOver) {
  Append(File("old/"), ScalarRecord(1, 9000, "val_acc", 1));
  Append(File("on/"), ScalarRecord(1, 8000, "val_acc", 1));
  const auto source = Open();
  EXPECT_THAT(PollAll(*source), IsEmpty());
  Append(File("on/"), ScalarRecord(1, 8001, "val_acc", 1));
  EXPECT_THAT(PollAll(*source), ElementsAre("8001 validation_accuracy=1"));
}

TEST_F(EventSourceTest, AFolderWithoutEventFilesIsTold) {
  const auto source = Open();
  EXPECT_THAT(PollToTheEnd(*source), IsEmpty());
  EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("wrote no event file in it")));
}

TEST_F(EventSourceTest, DamageIsTold) {
  const auto source = Open();
  std::string bytes = ScalarRecord(1, 1, "a", 1);
  bytes[15] ^= 1;
  Append(File(""), bytes + ScalarRecord(1, 2, "a", 2));
  EXPECT_THAT(PollAll(*source), ElementsAre("2 a=2"));
  EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("a record is damaged and left out")));
  Append(File(""), "this is no record");
  EXPECT_THAT(PollAll(*source), IsEmpty());
  EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("the length of a record is damaged")));
  Append(File("other/"), ScalarRecord(1, 3, "a", 3));
  EXPECT_THAT(PollAll(*source), ElementsAre("3 a=3"));
}

TEST_F(EventSourceTest, FilesAndFoldersAreBounded) {
  const auto source = Open();
  for (size_t i = 0; i <= kMostEventFiles; ++i) {
    Append(File(Concat("line", i, "/")), ScalarRecord(1, 1, Concat("a", i), 1));
  }
  std::string deep;
  for (int i = 0; i < kMostEventFolderDepth; ++i) deep += "d/";
  Append(File(deep), ScalarRecord(1, 1, "deep", 1));
  Append(File(deep + "d/"), ScalarRecord(1, 1, "too_deep", 1));
  PollAll(*source);
  EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("more than 256 event files grow")));
  fs::remove_all(logs_);
  Append(File(deep), ScalarRecord(1, 1, "deep", 1));
  Append(File(deep + "d/"), ScalarRecord(1, 1, "too_deep", 1));
  const auto other = Open();
  Append(File(deep), ScalarRecord(1, 2, "deep", 1));
  Append(File(deep + "d/"), ScalarRecord(1, 2, "too_deep", 1));
  EXPECT_THAT(PollToTheEnd(*other), ElementsAre("2 deep=1"));
  fs::remove_all(logs_);
  fs::create_directory(logs_);
  for (size_t i = 0; i <= kMostEventFolderEntries; ++i) Append(Concat(logs_, "/", i), "");
  EXPECT_THAT(Open()->Warning(), HasSubstr("holds more than 4096 files"));
}

}  // namespace
}  // namespace powerdown
