#include "common/run/bundle_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/text.h"
#include "common/run/run_bundle.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

std::string TextOf(int runs, int reports) {
  std::string text;
  for (int i = 0; i < runs; ++i) {
    RunBundle bundle;
    bundle.run.run_id = Concat("01k9abc", i);
    bundle.run.spec.task = "2*x + 3*y";
    bundle.run.steps = bundle.run.max_steps = reports;
    bundle.run.created_at = absl::FromUnixSeconds(1'700'000'000);
    for (int step = 1; step <= reports; ++step) {
      StepReport report;
      report.time = absl::FromUnixSeconds(1'700'000'000 + step);
      report.evaluation.step = step;
      bundle.updates.emplace_back(report);
    }
    text += FormatBundle(bundle);
  }
  return text;
}

// "run 01k9abc0", "step 1", …
std::vector<std::string> RowsIn(BundleReader reader, absl::Status* problem = nullptr) {
  std::vector<std::string> rows;
  for (;;) {
    const absl::StatusOr<std::optional<BundleRow>> row = reader.Next();
    if (!row.ok() && problem != nullptr) *problem = row.status();
    if (!row.ok() || !row->has_value()) return rows;
    if (const auto* head = std::get_if<BundleHead>(&**row)) {
      rows.push_back(Concat("run ", head->run.run_id));
    } else {
      const auto& report = std::get<StepReport>(std::get<RunUpdate>(**row));
      rows.push_back(Concat(report.run_id, " step ", report.evaluation.step));
    }
  }
}

TEST(BundleReaderTest, GivesHeadsAndUpdatesInTheirOrderPackedOrNot) {
  const std::string text = TextOf(2, 2);
  const std::vector<std::string> expected = {"run 01k9abc0", "01k9abc0 step 1", "01k9abc0 step 2",
                                             "run 01k9abc1", "01k9abc1 step 1", "01k9abc1 step 2"};
  EXPECT_EQ(RowsIn(BundleReader::OfText(text, "x")), expected);
  const std::string packed = *Compress(text, kFast);
  EXPECT_EQ(RowsIn(BundleReader::OfBytes(packed, "x", text.size())), expected);
}

TEST(BundleReaderTest, LinesThatLieInSeveralPiecesAreWhole) {
  const std::string text = TextOf(1, 3000);  // half a megabyte: several pieces of the unpacker
  const std::string packed = *Compress(text, kFast);
  const std::vector<std::string> rows = RowsIn(BundleReader::OfBytes(packed, "x", text.size()));
  ASSERT_EQ(rows.size(), 3001u);
  EXPECT_EQ(rows.back(), "01k9abc0 step 3000");
}

TEST(BundleReaderTest, ALimitDamageAndABadLineEndIt) {
  const std::string text = TextOf(1, 3000);
  const std::string packed = *Compress(text, kFast);
  absl::Status problem;
  RowsIn(BundleReader::OfBytes(packed, "x", text.size() - 1), &problem);
  EXPECT_TRUE(absl::IsResourceExhausted(problem)) << problem;
  const std::string cut = packed.substr(0, packed.size() - 5);
  RowsIn(BundleReader::OfBytes(cut, "x", text.size()), &problem);
  EXPECT_TRUE(absl::IsInvalidArgument(problem)) << problem;
  EXPECT_THAT(problem.message(), HasSubstr("x: "));
  const std::string bad = text + "{\"step\":-1}\n";
  EXPECT_EQ(RowsIn(BundleReader::OfText(bad, "x"), &problem).size(), 3001u);
  EXPECT_THAT(problem.message(), HasSubstr("x:3002: "));
}

}  // namespace
}  // namespace powerdown
