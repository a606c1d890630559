#include "client/cli/spec_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class NamedFile {
 public:
  explicit NamedFile(const std::string& text) {
    std::string pattern = std::filesystem::temp_directory_path() / "powerdown-spec-XXXXXX";
    close(mkstemp(pattern.data()));
    path_ = pattern;
    std::ofstream(path_) << text;
  }
  ~NamedFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(SpecFlagsTest, EveryFieldOfTheSpecIsAFlag) {
  for (const SpecField& field : SpecFields()) {
    if (field.is_content) continue;
    std::string flag = "--" + std::string(field.name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    const std::string value = SpecFieldText(RunSpec(), field);
    EXPECT_EQ(ParsedBy(ReadSpec, {"run", "submit", flag, value}), RunSpec()) << flag;
  }
  EXPECT_EQ(ParsedBy(ReadSpec, {"run", "submit", "--batch-size", "32"}).batch_size, 32);
}

TEST(SpecFlagsTest, FlagsOverrideTheSpecFile) {
  const NamedFile file("modulus = 31\nseed = 4\n");
  const RunSpec spec = ParsedBy(ReadSpec, {"run", "submit", "--spec", file.path(), "--seed", "5"});
  EXPECT_EQ(spec.modulus, 31);
  EXPECT_EQ(spec.seed, 5);
  EXPECT_THAT(CommandLineError({"run", "submit", "--spec", "/nonexistent.toml"}),
              HasSubstr("No such file or directory"));
}

TEST(SpecFlagsTest, ATableIsReadAndSentWithTheSpec) {
  const NamedFile file("x,y,answer\na,b,c\nb,a,c\na,a,d\n");
  const std::string task = "table:" + file.path();
  const RunSpec spec = ParsedBy(ReadSpec, {"run", "submit", "--task", task});
  EXPECT_EQ(spec.task, task);
  EXPECT_EQ(spec.table, "x,y,answer\na,b,c\nb,a,c\na,a,d\n");
  EXPECT_THAT(CommandLineError({"run", "submit", "--task", "table:/nonexistent.csv"}),
              HasSubstr("task: cannot read /nonexistent.csv: No such file"));
  const NamedFile bad("a,b,c\nb,a\n");
  EXPECT_EQ(CommandLineError({"run", "submit", "--task", "table:" + bad.path()}),
            "task: " + bad.path() + ": line 2: \"b,a\" has 2 fields; allowed: x,y,answer");
}

}  // namespace
}  // namespace powerdown
