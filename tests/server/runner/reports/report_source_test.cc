#include "server/runner/reports/report_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "absl/strings/str_format.h"
#include "tests/server/runner/reports/reports_as_text.h"
#include "tests/support/event_bytes.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string ProblemOf(const std::string& source, std::vector<std::string> columns = {}) {
  return std::string(
      OpenReportSource({.source = source, .columns = std::move(columns), .directory = "/nowhere"})
          .status()
          .message());
}

TEST(ReportSourceTest, WhatIsNoSourceIsRefusedWithWhatIsAllowed) {
  for (const char* source : {"", "csv", "csv:", "metrics.csv"}) {
    EXPECT_THAT(ProblemOf(source), HasSubstr("allowed: stdout:REGEX, csv:FILE, jsonl:FILE, "
                                             "tensorboard:FOLDER"));
  }
  EXPECT_THAT(ProblemOf("tensorbord:x"), HasSubstr("did you mean \"tensorboard\""));
  EXPECT_THAT(ProblemOf("stdout:("), HasSubstr("--reports: the expression is not read"));
  EXPECT_THAT(ProblemOf("csv:x", {"step"}), HasSubstr("OURS=THEIRS"));
  EXPECT_THAT(ProblemOf("csv:x", {"stepp=x"}), HasSubstr("did you mean \"step\""));
  EXPECT_THAT(ProblemOf("csv:x", {"step=x", "step=y"}), HasSubstr("is named twice"));
  EXPECT_EQ(ProblemOf("csv:x", {"step=x"}), "");
}

TEST(ReportSourceTest, PathsAreBelowTheFolderOfTheProgram) {
  const TemporaryFolder folder;
  const auto source = *OpenReportSource({.source = "jsonl:a/log",
                                         .columns = {"validation_accuracy=top1"},
                                         .directory = folder.path(),
                                         .is_percent = true});
  std::filesystem::create_directory(folder.path() + "/a");
  Append(folder.path() + "/a/log", "{\"step\":1,\"top1\":1}\n");
  EXPECT_THAT(PollAll(*source), ElementsAre("1 validation_accuracy=0.01"));
}

// What --column says is of the logs that a program writes anyway.
TEST(ReportSourceTest, TheNamesOfTheChannelAreOurs) {
  const TemporaryFolder folder;
  const auto source = *OpenReportSource({.source = "channel:log",
                                         .columns = {"validation_accuracy=val_acc"},
                                         .directory = folder.path()});
  Append(folder.path() + "/log", "{\"step\":1,\"validation_accuracy\":0.5}\n");
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("1 validation_accuracy=0.5"));
  EXPECT_THAT(WarningsOf(*source), testing::IsEmpty());
}

// A program's reports, however it writes them.
struct Series {
  std::vector<ProgramReport> reports;
};
Series AnySeries() {
  Series series;
  const std::vector<std::string> names = {"train_accuracy",  "validation_accuracy", "train_loss",
                                          "validation_loss", "gradient_norm",       "lr"};
  int64_t step = *rc::gen::inRange(0, 3);
  for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
    ProgramReport report{.step = step};
    for (const std::string& name : names) {
      if (*rc::gen::inRange(0, 4) == 0) continue;
      report.metrics[name] = static_cast<double>(*rc::gen::inRange(0, 65)) / 64;
    }
    if (!report.metrics.empty()) series.reports.push_back(report);
    step += *rc::gen::inRange(1, 1000);
  }
  return series;
}

std::string CsvOf(const ProgramReport& report) {
  std::string line = Concat(report.step);
  for (const char* name : {"train_accuracy", "validation_accuracy", "train_loss", "validation_loss",
                           "gradient_norm", "lr"}) {
    const auto found = report.metrics.find(name);
    line += found == report.metrics.end() ? "," : Concat(",", found->second);
  }
  return line + "\n";
}
std::string JsonOf(const ProgramReport& report) {
  std::string line = Concat("{\"step\":", report.step);
  for (const auto& [name, value] : report.metrics) line += Concat(",\"", name, "\":", value);
  return line + "}\n";
}
std::string PrintedOf(const ProgramReport& report) {
  std::string line = Concat("> at ", report.step, ":");
  for (const auto& [name, value] : report.metrics) line += Concat(" ", name, "=", value);
  return line + "\n";
}
std::string RecordsOf(const ProgramReport& report) {
  std::string records;
  for (const auto& [name, value] : report.metrics) {
    records += ScalarRecord(1e9 + static_cast<double>(report.step), report.step, name,
                            static_cast<float>(value));
  }
  return records;
}

constexpr char kPrinted[] =
    R"(stdout:at (?P<step>\d+):|train_accuracy=(?P<train_accuracy>\S+))"
    R"(|validation_accuracy=(?P<validation_accuracy>\S+)|train_loss=(?P<train_loss>\S+))"
    R"(|validation_loss=(?P<validation_loss>\S+)|gradient_norm=(?P<gradient_norm>\S+)|lr=(?P<lr>\S+))";

// What was written, torn anywhere, is what is read: each way, polled at any moment.
RC_GTEST_PROP(ReportSourceTest, ASeriesIsReadAsItWasReported, ()) {
  const Series series = AnySeries();
  const TemporaryFolder folder;
  const int way = *rc::gen::inRange(0, 5);
  const std::string ways[] = {"csv:log", "jsonl:log", "channel:log", kPrinted, "tensorboard:."};
  const auto source =
      *OpenReportSource({.source = ways[way], .directory = folder.path(), .is_percent = false});
  std::string text;
  if (way == 0) {
    text = "step,train_accuracy,validation_accuracy,train_loss,validation_loss,gradient_norm,lr\n";
  }
  if (way == 4) text = VersionRecord();
  for (const ProgramReport& report : series.reports) {
    text += way == 0   ? CsvOf(report)
            : way <= 2 ? JsonOf(report)
            : way == 3 ? PrintedOf(report)
                       : RecordsOf(report);
  }
  const std::string path = folder.path() + (way == 4 ? "/events.out.tfevents.1.box" : "/log");
  std::map<int64_t, std::map<std::string, double>> read;
  int64_t last = -1;
  const auto take = [&] {
    const std::vector<ProgramReport> reports = *source->Poll();
    for (const ProgramReport& report : reports) {
      RC_ASSERT(report.step >= last);
      last = report.step;
      for (const auto& [name, value] : report.metrics) read[report.step][name] = value;
    }
    return reports.size();
  };
  for (std::string_view rest = text; !rest.empty();) {
    const auto size = std::min<size_t>(rest.size(), *rc::gen::inRange<size_t>(1, 400));
    if (way == 3) {
      source->PushOutput(rest.substr(0, size));
    } else {
      Append(path, rest.substr(0, size));
    }
    rest.remove_prefix(size);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) take();
  }
  source->Finish();
  while (take() > 0) {
  }
  std::map<int64_t, std::map<std::string, double>> expected;
  for (const ProgramReport& report : series.reports) expected[report.step] = report.metrics;
  RC_ASSERT(read == expected);
  if (!series.reports.empty()) RC_ASSERT(WarningsOf(*source).empty());
}

// Bytes of any kind end no source but by what it says, and take no more memory than it says.
RC_GTEST_PROP(ReportSourceTest, NoBytesAreTooMuchForIt, ()) {
  const TemporaryFolder folder;
  const int way = *rc::gen::inRange(0, 4);
  const std::string ways[] = {"csv:log", "jsonl:log", kPrinted, "tensorboard:."};
  const auto source = *OpenReportSource({.source = ways[way], .directory = folder.path()});
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    std::string bytes = *rc::gen::arbitrary<std::string>();
    if (*rc::gen::inRange(0, 2) == 0) bytes = "step,train_acc,val_acc\n" + bytes + "\n";
    if (way == 3) bytes = RecordBytes(bytes);
    if (way == 2) source->PushOutput(bytes);
    Append(folder.path() + (way == 3 ? "/events.out.tfevents.1.box" : "/log"), bytes);
    source->Poll().status().IgnoreError();
  }
  source->Finish();
  source->Poll().status().IgnoreError();
  for (const std::string& warning : WarningsOf(*source)) RC_ASSERT(warning.size() < 1000u);
}

}  // namespace
}  // namespace powerdown
