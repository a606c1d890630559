#include "client/cli/text/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/base/json.h"
#include "common/run/run_json.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(CsvTest, ATextIsNoFormulaAndANumberIsANumber) {
  const Json object = {{"name", "=1+1"}, {"tags", {"@x", "y"}}, {"change", -0.5}};
  EXPECT_EQ(CsvOf({object}), "name,tags,change\n\"'=1+1\",\"'@x y\",-0.5\n");
  EXPECT_EQ(CsvRow({"name", "change"}, object), "\"'=1+1\",-0.5\n");
}

TEST(CsvTest, ObjectsBecomeRowsUnderOneHeader) {
  const Json first = {{"a", 1}, {"b", {{"c", "x,y"}}}, {"list", {1, 2}}};
  const Json second = {{"a", 2}, {"d", 0.5}, {"objects", {{{"e", 1}}}}};
  EXPECT_EQ(CsvOf({first, second}),
            "a,b.c,list,d\n"
            "1,\"x,y\",1 2,\n"
            "2,,,0.5\n");
  EXPECT_EQ(CsvOf({}), "");
}

TEST(CsvTest, ReportRowHasAllColumnsOfTheHeader) {
  EXPECT_EQ(CsvHeader(ReportColumns()),
            "revision,run_id,attempt,step,time,train_loss,train_accuracy,validation_loss,"
            "validation_accuracy,gradient_norm,weight_norm,activation_sparsity,power_watts,"
            "energy_joules\n");
  StepReport report = SampleReport(0, 7);
  report.power.reset();
  report.evaluation.train_loss = NAN;
  const std::string row = CsvRow(ReportColumns(), ReportJson(report));
  EXPECT_EQ(row.substr(0, 17), "7,01k9sample,1,0,");
  EXPECT_NE(row.find(",NaN,"), std::string::npos);
  EXPECT_EQ(std::count(row.begin(), row.end(), ','), 13);
  EXPECT_NE(row.find(",,"), std::string::npos) << "unknown power is empty, not 0: " << row;
}

TEST(CsvTest, MetricsOfAProgramAreColumnsOfTheirOwnNames) {
  const Json report = {{"step", 7}, {"metrics", {{"lr", 0.5}, {"a,b", 2}, {"step", 9}}}};
  std::vector<std::string> columns = {"step", "time"};
  AddMetricNames(report, columns);
  AddMetricNames({{"step", 8}}, columns);
  AddMetricNames({{"step", 9}, {"metrics", {{"lr", 1}}}}, columns);
  EXPECT_EQ(CsvHeader(columns), "step,time,lr,\"a,b\"\n");
  EXPECT_EQ(CsvRow(columns, WithMetricsAsColumns(report)), "7,,0.5,2\n");
  EXPECT_EQ(WithMetricsAsColumns({{"step", 8}}), Json({{"step", 8}}));
}

}  // namespace
}  // namespace powerdown
