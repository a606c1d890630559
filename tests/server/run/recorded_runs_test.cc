#include "server/run/recorded_runs.h"

#include <fstream>

#include "common/compression.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

class RecordedRunsTest : public RunQueueTest {
 protected:
  void Ship(const std::string& run_id) {
    RunBundle bundle;
    bundle.run.run_id = run_id;
    bundle.run.state = RunState::kFinished;
    bundle.run.created_at = clock_.Now().wall;
    Put(run_id, *Compress(FormatBundle(bundle)));
  }
  void Put(const std::string& run_id, const std::string& bytes) {
    std::ofstream(shipped_.path() + "/" + run_id + ".jsonl.zst", std::ios::binary) << bytes;
  }

  TemporaryFolder shipped_;
};

TEST_F(RecordedRunsTest, AreTakenInOneATick) {
  Ship("01a");
  Ship("01b");
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->HasRun("01a"));
  EXPECT_FALSE(*store_->HasRun("01b"));
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->HasRun("01b"));
  EXPECT_FALSE(recorded.has_more());
}

TEST_F(RecordedRunsTest, ADamagedFileIsNamedAndLeftOut) {
  Put("01a", "junk");
  Ship("01b");
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_THAT(std::string(recorded.Tick().message()), ::testing::HasSubstr("01a.jsonl.zst"));
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->HasRun("01b"));
}

TEST_F(RecordedRunsTest, AFolderThatIsNotThereHoldsNone) {
  RecordedRuns recorded("/no/such/folder", queue_.get(), store_.get());
  EXPECT_FALSE(recorded.has_more());
  EXPECT_TRUE(recorded.Tick().ok());
}

}  // namespace
}  // namespace powerdown
