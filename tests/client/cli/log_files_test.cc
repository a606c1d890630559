#include "client/cli/log_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/compression.h"
#include "common/platform/files.h"
#include "tests/support/event_bytes.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

absl::StatusOr<RunLogOptions> Read(std::map<std::string, std::vector<std::string>> flags) {
  CommandWords words;
  words.flags = std::move(flags);
  return ReadLogFlags(words);
}

TEST(LogFilesTest, FlagsSayHowALogIsToBeRead) {
  const auto options =
      Read({{"--column", {"step=it", "validation_accuracy=a=b"}}, {"--percent", {"true"}}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->columns,
              ElementsAre(Pair("step", "it"), Pair("validation_accuracy", "a=b")));
  EXPECT_EQ(options->is_percent, true);
  EXPECT_EQ(Read({{"--fraction", {"true"}}})->is_percent, false);
  EXPECT_FALSE(Read({})->is_percent.has_value());
  for (const char* column : {"step", "=it", "step="}) {
    EXPECT_THAT(Read({{"--column", {column}}}).status().message(), HasSubstr("OURS=THEIRS"));
  }
  EXPECT_FALSE(Read({{"--percent", {"true"}}, {"--fraction", {"true"}}}).ok());
}

TEST(LogFilesTest, LogsAndBundlesAreUnpackedAndToldApart) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/file";
  ASSERT_TRUE(WriteFile(path, *Compress("step,train_acc\n")).ok());
  EXPECT_EQ(ReadLogFile(path)->text, "step,train_acc\n");
  EXPECT_FALSE(ReadLogFile(path)->is_bundle);
  EXPECT_EQ(ReadLogFile(path)->packed, "");
  ASSERT_TRUE(WriteFile(path, *Compress("{\"bundle\":1}\n")).ok());
  EXPECT_TRUE(ReadLogFile(path)->is_bundle);
  EXPECT_EQ(ReadLogFile(path)->packed, *ReadFile(path));
  EXPECT_TRUE(absl::IsNotFound(ReadLogFile(folder.path() + "/nothing").status()));
}

TEST(LogFilesTest, WhatAReaderMayWonderAboutIsSaid) {
  FILE* const talk = std::tmpfile();
  Console console(talk, talk, ColorChoice::kNever);
  LogFile file;
  file.path = "a.csv";
  file.text = "epoch,train_acc,val_acc\n1,99.5,2\n";
  const auto log = ReadLog(file, {}, console);
  ASSERT_TRUE(log.ok()) << log.status();
  std::rewind(talk);
  std::string said(1000, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), talk));
  std::fclose(talk);
  EXPECT_THAT(said, HasSubstr("a.csv: accuracies are in percent\n"));
  EXPECT_THAT(said, HasSubstr("a.csv: its steps are epochs\n"));
}

TEST(LogFilesTest, EventFilesAndFoldersOfThemAreRead) {
  const TemporaryFolder folder;
  EXPECT_THAT(ReadLogFile(folder.path()).status().message(), HasSubstr("holds no event files"));
  const std::string bytes =
      ScalarRecord(1e9, 1, "train/acc", 0.5) + ScalarRecord(1e9, 1, "val/acc", 0.25);
  std::filesystem::create_directory(folder.path() + "/run");
  const std::string path = folder.path() + "/run/events.out.tfevents.1.box";
  ASSERT_TRUE(WriteFile(path, bytes).ok());
  for (const std::string& named : {path, folder.path()}) {
    const absl::StatusOr<LogFile> file = ReadLogFile(named);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_EQ(file->events.size(), 1u);
    Console console(stderr, stderr, ColorChoice::kNever);
    const auto log = ReadLog(*file, {}, console);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(log->reports.at(0).evaluation.validation_accuracy, 0.25);
  }
}

TEST(LogFilesTest, PrintedLinesAreReadByAPattern) {
  EXPECT_EQ(Read({{"--pattern", {"x"}}})->pattern, "x");
}

}  // namespace
}  // namespace powerdown
