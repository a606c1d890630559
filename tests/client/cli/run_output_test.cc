#include "client/cli/run_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

std::string TextOf(FILE* file) {
  std::rewind(file);
  std::string text(8192, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

TEST(RunOutputTest, ScriptGetsTheIdOfANewRunAndAPersonTheRest) {
  FILE* out = std::tmpfile();
  FILE* err = std::tmpfile();
  Console console(out, err, ColorChoice::kNever);
  const powerdown::Run run = SampleRun();
  EXPECT_TRUE(WriteNewRuns(console, {run, run}, /*is_list=*/true).ok());
  EXPECT_EQ(TextOf(out), run.run_id + "\n" + run.run_id + "\n");
  EXPECT_THAT(TextOf(err), HasSubstr("training"));
  std::fclose(out);
  std::fclose(err);
}

TEST(RunOutputTest, NewRunAsJsonIsTheRunAndAListOfOneAnArray) {
  FILE* out = std::tmpfile();
  Console console(out, stderr, ColorChoice::kNever, OutputFormat::kJson);
  EXPECT_TRUE(WriteNewRuns(console, {SampleRun()}, /*is_list=*/false).ok());
  EXPECT_EQ(Json::parse(TextOf(out))["run_id"], SampleRun().run_id);
  std::fclose(out);
  out = std::tmpfile();
  Console list(out, stderr, ColorChoice::kNever, OutputFormat::kJson);
  EXPECT_TRUE(WriteNewRuns(list, {SampleRun()}, /*is_list=*/true).ok());
  EXPECT_EQ(Json::parse(TextOf(out)).size(), 1u);
  EXPECT_TRUE(Json::parse(TextOf(out)).is_array());
  std::fclose(out);
}

}  // namespace
}  // namespace powerdown
