#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/run/run_spec.h"

namespace powerdown {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

RunSpec UnusualSpec() {
  RunSpec spec;
  spec.task = "2*x + 3*y";
  spec.train_fraction = 0.30000000000000004;
  spec.learning_rate = 1e-4;
  spec.batch_size = 512;
  spec.seed = 9007199254740991;
  return spec;
}

TEST(RunSpecFormatsTest, JsonReadsBackToTheLastBit) {
  const auto read = SpecFromJson(SpecToJson(UnusualSpec()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, UnusualSpec());
}

TEST(RunSpecFormatsTest, JsonHasEveryFieldInTableOrder) {
  const std::string json = SpecToJson(RunSpec());
  EXPECT_THAT(json, StartsWith(R"({"task":"addition","modulus":59,"train_fraction":0.5,)"));
  EXPECT_THAT(json, HasSubstr(R"("evaluate_every":0,"device":"auto","threads":1)"));
  EXPECT_THAT(json, Not(HasSubstr("table")));
}

TEST(RunSpecFormatsTest, AContentIsWrittenWhereThereIsOne) {
  RunSpec spec;
  spec.table = "a,b,\"c\"\nb,a,c\n";
  const auto read = SpecFromJson(SpecToJson(spec));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, spec);
}

// Stored hashes and families must outlive the fields that later versions add.
TEST(RunSpecFormatsTest, LaterFieldsAtTheirDefaultsAreNotInTheCanonicalForm) {
  RunSpec spec;
  EXPECT_THAT(CanonicalSpecJson(spec), EndsWith(R"("device":"auto","threads":1})"));
  spec.table = "a,b,c";
  EXPECT_THAT(CanonicalSpecJson(spec), EndsWith(R"("threads":1,"table":"a,b,c"})"));
}

TEST(RunSpecFormatsTest, MissingJsonFieldsKeepTheirDefaults) {
  const auto read = SpecFromJson(R"({"modulus": 97, "evaluate_every": "auto"})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->modulus, 97);
  EXPECT_EQ(read->hidden, RunSpec().hidden);
}

TEST(RunSpecFormatsTest, BadJsonIsNamed) {
  EXPECT_EQ(SpecFromJson("{").status().message(), R"(spec: "{" is not a JSON object)");
  EXPECT_EQ(SpecFromJson("[1]").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(SpecFromJson(R"({"modulis":5})").status().message()),
              HasSubstr(R"(did you mean "modulus"?)"));
  EXPECT_EQ(SpecFromJson(R"({"modulus":[5]})").status().message(),
            R"(modulus: "[5]" is not text and not a number)");
}

TEST(RunSpecFormatsTest, TomlIsRead) {
  const auto read = SpecFromToml(
      "# a comment\ntask = 'x^2 - y'\ntrain_fraction = 0.3\nmodulus = 23\nbatch_size = 'full'\n",
      "spec.toml");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->task, "x^2 - y");
  EXPECT_EQ(read->train_fraction, 0.3);
  EXPECT_EQ(read->modulus, 23);
}

TEST(RunSpecFormatsTest, TomlProblemsNameFileAndLine) {
  EXPECT_EQ(SpecFromToml("\nmodulus = 1\n", "a.toml").status().message(),
            "a.toml:2: modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_THAT(std::string(SpecFromToml("task = \n", "a.toml").status().message()),
              StartsWith("a.toml:1: "));
  EXPECT_THAT(std::string(SpecFromToml("[run]\nseed = 1\n", "a.toml").status().message()),
              HasSubstr("run: is not text and not a number"));
}

}  // namespace
}  // namespace powerdown
