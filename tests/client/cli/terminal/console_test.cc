#include "client/cli/terminal/console.h"
#include "common/base/json.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::string TextOf(FILE* file) {
  std::rewind(file);
  std::string text(1024, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

TEST(ConsoleTest, DataAndTalkAreApart) {
  FILE* out = std::tmpfile();
  FILE* err = std::tmpfile();
  Console console(out, err, ColorChoice::kAuto);
  EXPECT_TRUE(console.WriteJsonLine({{"a", 1}}).ok());
  EXPECT_TRUE(console.WriteJson({{"b", 2}}).ok());
  console.Say("done");
  EXPECT_EQ(TextOf(out), "{\"a\":1}\n{\n  \"b\": 2\n}\n");
  EXPECT_EQ(TextOf(err), "done\n");
  std::fclose(out);
  std::fclose(err);
}

TEST(ConsoleTest, FilesAreNeitherColouredNorDrawnOn) {
  FILE* file = std::tmpfile();
  const Console console(file, file, ColorChoice::kAuto);
  EXPECT_FALSE(console.style().has_color());
  EXPECT_FALSE(console.can_draw());
  EXPECT_TRUE(Console(file, file, ColorChoice::kAlways).style().has_color());
  std::fclose(file);
}

TEST(ConsoleTest, FullDiskIsAnError) {
  FILE* full = std::fopen("/dev/full", "w");
  if (full == nullptr) GTEST_SKIP() << "no /dev/full";
  Console console(full, stderr, ColorChoice::kNever);
  EXPECT_EQ(console.Write("x\n").message(),
            "cannot write to standard output: No space left on device");
  std::fclose(full);
}

TEST(ConsoleTest, InvalidUtf8DoesNotBreakJson) {
  FILE* out = std::tmpfile();
  Console console(out, stderr, ColorChoice::kNever);
  EXPECT_TRUE(console.WriteJsonLine({{"name", "\xff"}}).ok());
  EXPECT_EQ(TextOf(out), "{\"name\":\"\xef\xbf\xbd\"}\n");
  std::fclose(out);
}

// A run's name, or whatever else others wrote.
TEST(ConsoleTest, NothingThatOthersWroteSteersTheTerminal) {
  FILE* out = std::tmpfile();
  FILE* err = std::tmpfile();
  Console console(out, err, ColorChoice::kNever);
  EXPECT_TRUE(console.Write("a\x1b[2J\u202eb\n").ok());
  console.Say("c\x1b]0;title\ad");
  EXPECT_EQ(TextOf(out), "ab\n");
  EXPECT_EQ(TextOf(err), "cd\n");
  std::fclose(out);
  std::fclose(err);
}

TEST(ConsoleTest, JsonKeepsWhatOthersWroteEscaped) {
  FILE* out = std::tmpfile();
  Console console(out, stderr, ColorChoice::kNever, OutputFormat::kJsonLines);
  const Json json = {{"name", "a\x1b[2J\u009b\x7f\u202e\U000e0041é"}};
  EXPECT_TRUE(console.WriteJsonLine(json).ok());
  const std::string text = TextOf(out);
  EXPECT_EQ(text, "{\"name\":\"a\\u001b[2J\\u009b\\u007f\\u202e\\udb40\\udc41é\"}\n");
  EXPECT_EQ(*ParseJson(text), json);
  std::fclose(out);
}

}  // namespace
}  // namespace powerdown
