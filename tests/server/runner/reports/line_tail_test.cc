#include "server/runner/reports/line_tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/runner/reports/reports_as_text.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Lines(LineTail& tail) {
  std::vector<std::string> lines;
  const absl::StatusOr<bool> read = tail.Read(
      [&] { lines.emplace_back("|"); }, [&](std::string_view line) { lines.emplace_back(line); });
  if (!read.ok()) lines.emplace_back(read.status().message());
  return lines;
}

std::string Utf16(std::string_view text) {
  std::string bytes = "\xFF\xFE";
  for (const char c : text) bytes += {c, '\0'};
  return bytes;
}

TEST(LineTailTest, LinesComeOnceTheyAreWhole) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LineTail tail(path);
  Append(path, "one\ntw");
  EXPECT_THAT(Lines(tail), ElementsAre("one"));
  Append(path, "o\nthree");
  EXPECT_THAT(Lines(tail), ElementsAre("two"));
  std::string last;
  tail.Finish([&](std::string_view line) { last = line; });
  EXPECT_EQ(last, "three");
}

TEST(LineTailTest, ThePartOfALineBeforeARestartIsDropped) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LineTail tail(path);
  Append(path, "one\ntw");
  EXPECT_THAT(Lines(tail), ElementsAre("one"));
  Overwrite(path, "new\n");
  EXPECT_THAT(Lines(tail), ElementsAre("|", "new"));
}

TEST(LineTailTest, Utf16IsReadInAnyPieces) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LineTail tail(path);
  std::vector<std::string> lines;
  for (const char byte : Utf16("step,acc\r\n1,2\n")) {
    Append(path, std::string(1, byte));
    for (std::string& line : Lines(tail)) lines.push_back(line);
  }
  EXPECT_THAT(lines, ElementsAre("step,acc", "1,2"));
}

TEST(LineTailTest, OfWhatIsThereTheFirstLinesAreReturned) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  Append(path, Utf16("step,acc\n1,2\n"));
  LineTail tail(path);
  EXPECT_THAT(*tail.SkipWhatIsThere(), ElementsAre("step,acc", "1,2"));
  EXPECT_THAT(Lines(tail), IsEmpty());
  Append(path, Utf16("3,4\n").substr(2));
  EXPECT_THAT(Lines(tail), ElementsAre("3,4"));
}

TEST(LineTailTest, APackedFileIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log.gz";
  LineTail tail(path);
  Append(path, "\x1f\x8b\x08\x08more");
  EXPECT_THAT(Lines(tail), ElementsAre(HasSubstr("log.gz: is packed, and cannot be read while it "
                                                 "grows")));
  EXPECT_THAT(LineTail(path).SkipWhatIsThere().status().message(), HasSubstr("is packed"));
}

TEST(LineTailTest, LongLinesTakeNoMemory) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  LineTail tail(path);
  Append(path, std::string(2 * kMostRowBytes, 'x') + "\nok\n");
  std::vector<std::string> lines;
  for (size_t i = 0; i <= 2 * kMostRowBytes / kMostBytesAtOnce; ++i) {
    for (std::string& line : Lines(tail)) lines.push_back(line);
  }
  EXPECT_THAT(lines, ElementsAre("ok"));
  EXPECT_EQ(tail.long_lines(), 1);
}

}  // namespace
}  // namespace powerdown
