#include "client/cli/bundle_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "common/base/compression.h"
#include "common/platform/files.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;

class BundleFolderTest : public ::testing::Test {
 protected:
  static RunBundle Bundle(const std::string& run_id, const std::string& section) {
    RunBundle bundle;
    bundle.run.run_id = run_id;
    bundle.run.tags = {section, "tier:easy"};
    bundle.run.state = RunState::kFinished;
    bundle.run.steps = 10;
    StepReport report;
    report.run_id = run_id;
    report.evaluation.step = 10;
    bundle.updates = {report};
    return bundle;
  }
  void Put(const std::string& name, const std::vector<RunBundle>& bundles) {
    std::string text;
    for (const RunBundle& bundle : bundles) text += FormatBundle(bundle);
    ASSERT_TRUE(WriteFile(Path(name), *Compress(text)).ok());
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::vector<std::string> Ids() const {
    const auto bundles = BundleFolder::Open(folder_.path());
    EXPECT_TRUE(bundles.ok()) << bundles.status();
    std::vector<std::string> ids;
    for (const BundledRun& run : bundles->runs()) ids.push_back(run.run_id);
    return ids;
  }

  TemporaryFolder folder_;
};

TEST_F(BundleFolderTest, OrdersTheRunsOfAllFilesByTheirIds) {
  Put("a.jsonl.zst", {Bundle("03", "mlp"), Bundle("01", "mlp")});
  Put("b.jsonl.zst", {Bundle("02", "mlp"), Bundle("03", "mlp")});
  EXPECT_THAT(Ids(), ElementsAre("01", "02", "03"));
  const auto bundles = BundleFolder::Open(folder_.path());
  EXPECT_TRUE(bundles->ReadHeader(bundles->runs()[1])->updates.empty());
  const auto read = bundles->Read(bundles->runs()[1]);
  EXPECT_EQ(read->run.run_id, "02");
  EXPECT_EQ(read->updates.size(), 1u);
}

TEST_F(BundleFolderTest, ReadsBundlesThatOthersWrote) {
  const std::string spaced =
      absl::StrReplaceAll(FormatBundle(Bundle("07", "mlp")), {{"\"run\":{", "\"run\": {"}});
  ASSERT_TRUE(WriteFile(Path("a.jsonl.zst"), *Compress(spaced)).ok());
  EXPECT_THAT(Ids(), ElementsAre("07"));
}

TEST_F(BundleFolderTest, NamesADamagedFile) {
  ASSERT_TRUE(WriteFile(Path("a.jsonl.zst"), "junk").ok());
  const absl::Status status = BundleFolder::Open(folder_.path()).status();
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("a.jsonl.zst"));
}

TEST_F(BundleFolderTest, GathersOneFileASection) {
  Put("03.jsonl.zst", {Bundle("03", "mlp")});
  Put("01.jsonl.zst", {Bundle("01", "mlp")});
  Put("02.jsonl.zst", {Bundle("02", "../wide")});
  ASSERT_TRUE(GatherBundles(folder_.path()).ok());
  EXPECT_THAT(ListFiles(folder_.path(), ""),
              ElementsAre(Path("mlp.jsonl.zst"), Path("runs.jsonl.zst")));
  EXPECT_EQ(*UnpackBundles(*ReadFile(Path("mlp.jsonl.zst")), ""),
            FormatBundle(Bundle("01", "mlp")) + FormatBundle(Bundle("03", "mlp")));
  Put("04.jsonl.zst", {Bundle("04", "mlp")});
  ASSERT_TRUE(GatherBundles(folder_.path()).ok());
  EXPECT_THAT(ListFiles(folder_.path(), ""),
              ElementsAre(Path("mlp.jsonl.zst"), Path("runs.jsonl.zst")));
  EXPECT_THAT(Ids(), ElementsAre("01", "02", "03", "04"));
}

TEST_F(BundleFolderTest, ALargeSectionBecomesSeveralFiles) {
  std::vector<RunBundle> bundles;
  for (size_t i = 0; i <= kMostRunsAFile; ++i) {
    bundles.push_back(Bundle(std::to_string(100 + i), "mlp"));
  }
  Put("all.jsonl.zst", bundles);
  ASSERT_TRUE(GatherBundles(folder_.path()).ok());
  EXPECT_THAT(ListFiles(folder_.path(), ""),
              ElementsAre(Path("mlp-2.jsonl.zst"), Path("mlp.jsonl.zst")));
  EXPECT_EQ(Ids().size(), kMostRunsAFile + 1);
}

TEST_F(BundleFolderTest, AnEmptyFolderHasNothingToGather) {
  EXPECT_TRUE(GatherBundles(folder_.path()).ok());
  EXPECT_TRUE(absl::IsNotFound(BundleFolder::Open(folder_.path()).status()));
}

}  // namespace
}  // namespace powerdown
