#include "common/log/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>

#include "absl/strings/str_format.h"
#include "common/base/text.h"
#include "common/log/log_text.h"
#include "common/run/standing_reports.h"

namespace powerdown {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string Problem(std::string_view text) {
  return std::string(ParseRunLog(text, "log.csv").status().message());
}

TEST(RunLogTest, ReadsAForeignCsvWithOnlyStepsAndAccuracies) {
  const auto log = ParseRunLog(
      "validation_accuracy,note,step,train_accuracy\r\n"
      "0.1,\"a, \"\"b\"\"\",0,0.2\r\n\r\n0.5,,10,1\r\n",
      "log.csv");
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->reports.size(), 2u);
  EXPECT_EQ(log->reports[1].evaluation.step, 10);
  EXPECT_EQ(log->reports[0].evaluation.validation_accuracy, 0.1);
  EXPECT_FALSE(log->reports[0].evaluation.train_loss.has_value());
  EXPECT_FALSE(log->reports[0].energy.has_value());
  EXPECT_EQ(log->reports[0].time, absl::UnixEpoch());
}

TEST(RunLogTest, ALossThatIsMissingIsNotALossThatIsNan) {
  const RunLog log =
      *ParseRunLog(R"({"step":1,"train_accuracy":1,"validation_accuracy":0,"train_loss":NaN})"
                   "\n"
                   R"({"step":2,"train_accuracy":1,"validation_accuracy":0,"train_loss":null})",
                   "log.jsonl");
  ASSERT_TRUE(log.reports[0].evaluation.train_loss.has_value());
  EXPECT_TRUE(std::isnan(*log.reports[0].evaluation.train_loss));
  EXPECT_FALSE(log.reports[1].evaluation.train_loss.has_value());
}

TEST(RunLogTest, ReadsOurOwnExportAndLeavesEventsOut) {
  const RunLog log = *ParseRunLog(
      R"({"run_id":"01a","event":"memorised","step":3})"
      "\n"
      R"({"run_id":"01a","step":5,"train_accuracy":1,"validation_accuracy":0.25,"attempt":2})",
      "log.jsonl");
  ASSERT_EQ(log.reports.size(), 1u);
  EXPECT_EQ(log.reports[0].attempt, 2);
}

TEST(RunLogTest, NamesTheLineAndWhatIsAllowed) {
  constexpr char kHeader[] = "step,train_accuracy,validation_accuracy\n";
  EXPECT_THAT(Problem(""), HasSubstr("log.csv: has no step report"));
  EXPECT_THAT(Problem("step,loss\n1,2\n"), HasSubstr("log.csv: no column is called train_acc"));
  EXPECT_THAT(Problem(std::string(kHeader) + "0,0,0\n5,999.1,0\n"),
              HasSubstr("log.csv:3: train_accuracy is \"999.1\"; allowed: a fraction"));
  EXPECT_THAT(Problem(std::string(kHeader) + "1.5,0,0\n"), HasSubstr("allowed: a whole number"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,0\n6,0,0\n"), HasSubstr("has 2 fields"));
  EXPECT_THAT(Problem(std::string(kHeader) + "5,x,0\n"), HasSubstr("log.csv:2: train_accuracy"));
  EXPECT_THAT(Problem(std::string(kHeader) + ",0,0\n"), HasSubstr("step is missing"));
  EXPECT_THAT(Problem("{\"step\":1"), HasSubstr("not a JSON object"));
}

TEST(RunLogTest, NumbersThatNoChartBearsAreNamedWithTheirLine) {
  const std::string header = "step,train_accuracy,validation_accuracy,train_loss,time\n";
  EXPECT_THAT(Problem(header + "1,0.5,0.5,1e308,\n"),
              HasSubstr("log.csv:2: train_loss is 1e+308; allowed: up to 3.5e+38"));
  EXPECT_THAT(Problem(header + "1,0.5,0.5,1,9999-01-01T00:00:00Z\n"),
              HasSubstr("not of the years"));
  EXPECT_THAT(Problem(header + "1,0.5,0.5,1,infinite-future\n"), HasSubstr("no time that is read"));
}

TEST(RunLogTest, StepsThatGoBackBeginAnAttemptThatTakesTheirPlace) {
  const RunLog log = *ParseRunLog(
      "step,train_acc,val_acc\n10,0.1,0\n20,0.2,0\n30,0.3,0\n20,0.5,0\n30,0.6,0\n", "log");
  EXPECT_EQ(log.reports.size(), 5u);
  EXPECT_EQ(log.reports.back().attempt, 2);
  const std::vector<StepReport> standing = StandingReports(log.reports);
  ASSERT_EQ(standing.size(), 3u);
  EXPECT_EQ(standing[1].evaluation.train_accuracy, 0.5);
  EXPECT_THAT(log.remarks, Contains(HasSubstr("steps go back 1 time")));
}

TEST(RunLogTest, RowsInNoOrderAreRefused) {
  std::string text = "step,train_acc,val_acc\n";
  for (int step = 100; step > 0; --step) text += Concat(step, ",0.5,0\n");
  EXPECT_THAT(Problem(text), HasSubstr("goes back, as"));
  EXPECT_THAT(Problem(text), HasSubstr("sort the rows by \"step\""));
  EXPECT_THAT(Problem("attempt,step,train_acc,val_acc\n1,5,0,0\n1,4,0,0\n"),
              HasSubstr("steps must ascend within an attempt"));
}

TEST(RunLogTest, TellsHowItWasRead) {
  const RunLog log = *ParseRunLog(
      "epoch,accuracy,val_accuracy,date,power_w\n1,5,1,2026-03-28 23:30:00,-3\n"
      "2,99,2,2026-03-28 23:31:00,60\n3,",
      "log");
  for (const char* remark :
       {"accuracies are in percent",
        "columns: step is epoch, time is date, train_accuracy is accuracy, validation_accuracy is "
        "val_accuracy, power_watts is power_w",
        "its steps are epochs", "times have no zone: taken as UTC",
        "power is below 0 in 1 row: no reading", "its last line is cut off: left out"}) {
    EXPECT_THAT(log.remarks, Contains(remark));
  }
  EXPECT_FALSE(log.reports[0].power.has_value());
  EXPECT_EQ(log.reports[1].power, Watts(60));
}

// --- one run, written in many ways ---

struct Written {
  std::string step = "step";
  std::string names[4] = {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"};
  std::string separator = ",";
  std::string step_format = "%d";
  bool has_decimal_commas = false;
  int accuracy = 0;  // 0: fractions, 1: percent, 2: with a sign
  int time = 0;      // 0: none, 1: elapsed, 2: epoch, 3: ISO without zone, 4: RFC 3339
  int shape = 0;     // 0: CSV, 1: JSON lines, 2: array, 3: columns, 4: apart, 5: CSV, train first
  int encoding = 0;  // 0: UTF-8, 1: mark, 2: UTF-16, 3: carriage returns, 4: CR LF
};

std::vector<Evaluation> GrokkingRun() {
  std::vector<Evaluation> run;
  for (int64_t step = 50; step <= 10000; step += 50) {
    const double x = static_cast<double>(step);
    Evaluation one;
    one.step = step;
    one.train_accuracy = std::min(1.0, 1 / (1 + std::exp((600 - x) / 60)) + 1e-4);
    one.validation_accuracy = 0.02 + 0.98 / (1 + std::exp((5000 - x) / 90));
    one.train_loss = 4 / (1 + std::exp((x - 600) / 60)) + 1e-6;
    one.validation_loss = 5 / (1 + std::exp((x - 5000) / 90)) + 1e-5;
    run.push_back(one);
  }
  return run;
}

std::string TimeIn(int form, int64_t step) {
  const absl::Time time = absl::FromUnixSeconds(1774740600 + step);
  if (form == 1) return Concat(step - 50);
  if (form == 2) return absl::StrFormat("%d.250", 1774740600 + step);
  return absl::FormatTime(form == 3 ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%SZ", time,
                          absl::UTCTimeZone());
}

// The cells of one evaluation, as names and texts.
std::vector<std::pair<std::string, std::string>> CellsOf(const Written& how,
                                                         const Evaluation& one) {
  std::vector<std::pair<std::string, std::string>> cells;
  cells.emplace_back(how.step, how.step_format == "%d"
                                   ? Concat(one.step)
                                   : absl::StrFormat("%.6e", static_cast<double>(one.step)));
  const double accuracies = how.accuracy == 0 ? 1 : 100;
  const double values[] = {*one.train_loss, one.train_accuracy * accuracies, *one.validation_loss,
                           one.validation_accuracy * accuracies};
  for (int i = 0; i < 4; ++i) {
    std::string text = absl::StrFormat("%.17g", values[i]);
    if (how.has_decimal_commas) std::replace(text.begin(), text.end(), '.', ',');
    if (i % 2 == 1 && how.accuracy == 2) text += "%";
    cells.emplace_back(how.names[i], text);
  }
  if (how.time > 0) cells.emplace_back("time", TimeIn(how.time, one.step));
  return cells;
}

std::string JsonCell(const std::string& name, const std::string& text) {
  const bool is_number = text.find_first_not_of("0123456789.+-e") == text.npos;
  return Concat("\"", name, "\": ", is_number ? text : Concat("\"", text, "\""));
}

std::string JsonObject(const std::vector<std::pair<std::string, std::string>>& cells) {
  std::vector<std::string> parts;
  for (const auto& [name, text] : cells) parts.push_back(JsonCell(name, text));
  return Concat("{", Join(parts, ", "), "}");
}

using IsThere = std::function<bool(size_t column)>;
std::string Record(const std::vector<std::pair<std::string, std::string>>& cells,
                   const std::string& separator, bool is_header, const IsThere& is_there) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < cells.size(); ++i) {
    parts.push_back(is_header ? cells[i].first : is_there(i) ? cells[i].second : "");
  }
  return Join(parts, separator) + "\n";
}

std::string Write(const Written& how, const std::vector<Evaluation>& run) {
  std::vector<std::vector<std::pair<std::string, std::string>>> rows;
  for (const Evaluation& one : run) rows.push_back(CellsOf(how, one));
  const auto all = [](size_t) { return true; };
  const auto training = [](size_t i) { return i == 0 || i == 1 || i == 2 || i > 4; };
  const auto validation = [](size_t i) { return i == 0 || i == 3 || i == 4 || i > 4; };
  std::string text;
  switch (how.shape) {
    case 1:
      for (const auto& row : rows) text += JsonObject(row) + "\n";
      return text;
    case 2: {
      std::vector<std::string> objects;
      for (const auto& row : rows) objects.push_back(JsonObject(row));
      return Concat("[", Join(objects, ",\n"), "]");
    }
    case 3: {
      std::vector<std::string> columns;
      for (size_t i = 0; i < rows[0].size(); ++i) {
        std::vector<std::string> values;
        for (const auto& row : rows) {
          const std::string cell = JsonCell("", row[i].second);
          values.push_back(cell.substr(4));
        }
        columns.push_back(Concat("\"", rows[0][i].first, "\": [", Join(values, ", "), "]"));
      }
      return Concat("{", Join(columns, ", "), "}");
    }
    default:
      break;
  }
  text = Record(rows[0], how.separator, true, all);
  for (const auto& row : rows) {
    text += Record(row, how.separator, false, how.shape == 0 ? IsThere(all) : IsThere(training));
    if (how.shape == 4) text += Record(row, how.separator, false, validation);
  }
  if (how.shape != 5) return text;
  for (const auto& row : rows) text += Record(row, how.separator, false, validation);
  return text;
}

std::string Encode(int encoding, const std::string& text) {
  std::string bytes;
  if (encoding == 1) return "\xEF\xBB\xBF" + text;
  if (encoding == 2) bytes = "\xFF\xFE";
  for (const char c : text) {
    if (encoding == 3 || encoding == 4) {
      bytes += c == '\n' ? (encoding == 3 ? "\r" : "\r\n") : std::string(1, c);
    } else {
      bytes += c;
      if (encoding == 2) bytes += '\0';
    }
  }
  return bytes;
}

Written AnyWriting() {
  Written how;
  const auto one_of = [](std::initializer_list<const char*> words) {
    return std::string(*rc::gen::elementOf(std::vector<const char*>(words)));
  };
  how.step = one_of({"step", "Step", "_step", "global_step", "iteration", "epoch"});
  const std::string train = one_of({"train", "training", "Train"});
  const std::string held_out = one_of({"val", "validation", "test", "eval", "valid"});
  const std::string mark = one_of({"_", "/", " ", "."});
  const std::string accuracy = one_of({"acc", "accuracy", "Accuracy"});
  how.names[0] = train + mark + "loss";
  how.names[1] = train + mark + accuracy;
  how.names[2] = held_out + mark + "loss";
  how.names[3] = held_out + mark + accuracy;
  how.separator = one_of({",", ";", "\t", "|"});
  how.step_format = one_of({"%d", "%e"});
  how.accuracy = *rc::gen::inRange(0, 3);
  how.time = *rc::gen::inRange(0, 5);
  how.shape = *rc::gen::inRange(0, 6);
  how.encoding = *rc::gen::inRange(0, 5);
  const bool is_json = how.shape >= 1 && how.shape <= 3;
  how.has_decimal_commas = !is_json && how.separator != "," && how.step_format == "%d" &&
                           how.time != 2 && *rc::gen::arbitrary<bool>();
  return how;
}

RC_GTEST_PROP(RunLogTest, OneRunIsTheSameHoweverItIsWritten, ()) {
  static const auto& run = *new std::vector<Evaluation>(GrokkingRun());
  const Written how = AnyWriting();
  const std::string written = Write(how, run);
  RC_LOG() << written.substr(0, 400) << '\n';
  const std::string text = *PlainLogText(Encode(how.encoding, written), "log");
  const absl::StatusOr<RunLog> log = ParseRunLog(text, "log");
  if (!log.ok()) RC_LOG() << log.status() << '\n';
  RC_ASSERT(log.ok());
  RC_ASSERT(log->reports.size() == run.size());
  for (size_t i = 0; i < run.size(); ++i) {
    const Evaluation& read = log->reports[i].evaluation;
    RC_ASSERT(read.step == run[i].step);
    RC_ASSERT(std::abs(read.train_accuracy - run[i].train_accuracy) < 1e-12);
    RC_ASSERT(std::abs(read.validation_accuracy - run[i].validation_accuracy) < 1e-12);
    RC_ASSERT(read.train_loss == run[i].train_loss);
    RC_ASSERT(read.validation_loss == run[i].validation_loss);
  }
  const absl::Duration length = log->reports.back().time - log->reports.front().time;
  RC_ASSERT(length == (how.time == 0 ? absl::ZeroDuration() : absl::Seconds(9950)));
  RC_ASSERT(HasTime(log->reports[1].time) == (how.time >= 2));
}

}  // namespace
}  // namespace powerdown
