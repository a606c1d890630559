#include "server/runner/reports/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/server/runner/reports/reports_as_text.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FileSourceTest : public testing::Test {
 protected:
  std::unique_ptr<ReportSource> Open(FileSource::Form form) {
    auto source = FileSource::Open(form, path_, {.is_percent = false});
    EXPECT_TRUE(source.ok()) << source.status();
    return *std::move(source);
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/log";
};

TEST_F(FileSourceTest, ATableIsReadAsItGrows) {
  const auto source = Open(FileSource::Form::kTable);
  EXPECT_THAT(Poll(*source), IsEmpty());
  Append(path_, "# run 1\nstep;train_acc;val_acc;lr\n1;0,5;0,25;1e-3\n2;1;");
  EXPECT_THAT(PollAll(*source),
              ElementsAre("1 lr=0.001 train_accuracy=0.5 validation_accuracy=0.25"));
  Append(path_, "0,5;1e-3\n\n# remark\nstep;train_acc;val_acc;lr\n3;1;1;1");
  EXPECT_THAT(PollAll(*source), ElementsAre("2 lr=0.001 train_accuracy=1 validation_accuracy=0.5"));
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("3 lr=1 train_accuracy=1 validation_accuracy=1"));
  EXPECT_THAT(WarningsOf(*source), IsEmpty());
}

TEST_F(FileSourceTest, ALastLineThatIsCutOffIsLeftOut) {
  const auto table = Open(FileSource::Form::kTable);
  Append(path_, "step,train_acc,val_acc\n1,0.5,0.5\n2,0.");
  EXPECT_THAT(PollToTheEnd(*table), ElementsAre("1 train_accuracy=0.5 validation_accuracy=0.5"));
  EXPECT_THAT(WarningsOf(*table), IsEmpty());
  Overwrite(path_, "");
  const auto lines = Open(FileSource::Form::kJsonLines);
  Append(path_, "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo");
  EXPECT_THAT(PollToTheEnd(*lines), ElementsAre("1 train_loss=2"));
  EXPECT_THAT(WarningsOf(*lines), IsEmpty());
}

// Lines of an earlier program are not this one's, but their header is.
TEST_F(FileSourceTest, WhatWasThereBeforeIsPassedOver) {
  Append(path_, "step,train_acc,val_acc\n9000,1,1\n");
  const auto source = Open(FileSource::Form::kTable);
  EXPECT_THAT(PollAll(*source), IsEmpty());
  Append(path_, "1,0.5,0.25\n");
  EXPECT_THAT(PollAll(*source), ElementsAre("1 train_accuracy=0.5 validation_accuracy=0.25"));
  // A channel is made for this program alone.
  Overwrite(path_, "{\"step\":1,\"train_loss\":2}\n");
  EXPECT_THAT(PollAll(*Open(FileSource::Form::kChannel)), ElementsAre("1 train_loss=2"));
}

// As Lightning's CSVLogger does for a new column: every row is written again.
TEST_F(FileSourceTest, RowsThatAreWrittenAgainAreToldOnce) {
  const auto source = Open(FileSource::Form::kTable);
  Append(path_, "step,train_acc\n1,0.5\n2,0.75\n");
  EXPECT_THAT(PollAll(*source), SizeIs(2));
  Overwrite(path_, "step,train_acc,val_acc\n1,0.5,\n2,0.75,\n2,,0.25\n");
  EXPECT_THAT(PollAll(*source), ElementsAre("2 train_accuracy=0.75 validation_accuracy=0.25"));
}

// The program of another day begins anew over the file of this one; its rows may be the same.
TEST_F(FileSourceTest, AFileThatThisProgramWritesAnewIsReadFromItsBeginning) {
  Append(path_, "step,train_acc,val_acc\n1,0.5,0.25\n2,1,1\n");
  const auto source = Open(FileSource::Form::kTable);
  EXPECT_THAT(Poll(*source), IsEmpty());
  Overwrite(path_, "step,train_acc,val_acc\n");
  EXPECT_THAT(Poll(*source), IsEmpty());
  Append(path_, "1,0.5,0.25\n");
  EXPECT_THAT(PollAll(*source), ElementsAre("1 train_accuracy=0.5 validation_accuracy=0.25"));
}

TEST_F(FileSourceTest, AfterARotationWithoutAHeaderTheOldOneHolds) {
  const auto source = Open(FileSource::Form::kTable);
  Append(path_, "step,train_acc,val_acc\n1,0.5,0.25\n");
  EXPECT_THAT(PollAll(*source), SizeIs(1));
  fs::rename(path_, path_ + ".1");
  Append(path_, "2,1,0.5\n");
  EXPECT_THAT(PollAll(*source), ElementsAre("2 train_accuracy=1 validation_accuracy=0.5"));
}

TEST_F(FileSourceTest, QuotedFieldsMayHoldLineEnds) {
  const auto source = Open(FileSource::Form::kTable);
  Append(path_, "step,note,train_acc,val_acc\n1,\"a,\nb\nc\",0.5,1\n2,\"\",1,1\n3,\"open,1,1\n");
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("1 train_accuracy=0.5 validation_accuracy=1",
                                                 "2 train_accuracy=1 validation_accuracy=1"));
}

TEST_F(FileSourceTest, BadLinesAreToldOnceAndCounted) {
  const auto source = Open(FileSource::Form::kJsonLines);
  Append(path_, "{x\n" + std::string(5000, '{') +
                    "\nnonsense\n{\"step\":1,\"loss\":NaN,\"extra\":Infinity}\n");
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("1 extra=inf train_loss=nan"));
  const std::vector<std::string> warnings = WarningsOf(*source);
  ASSERT_THAT(warnings, SizeIs(2));
  EXPECT_THAT(warnings[0], HasSubstr("log: a line could not be read: "));
  EXPECT_LT(warnings[0].size(), 400u);
  EXPECT_THAT(warnings[1], HasSubstr("that could not be read: 3 in all"));
}

// Arrays and objects of columns are whole once the program has ended.
TEST_F(FileSourceTest, JsonThatIsNotOneObjectALineIsToldOnce) {
  for (const char* text : {"[{\"step\":1,\"loss\":1},\n{\"step\":2,\"loss\":1}]\n",
                           "{\n\"step\": [1,2]\n}\n", "[{\"step\":1,\"loss\":1}]"}) {
    Overwrite(path_, "");
    const auto source = Open(FileSource::Form::kJsonLines);
    Append(path_, text);
    EXPECT_THAT(PollToTheEnd(*source), IsEmpty());
    EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("log: is no JSON object a line")));
  }
}

TEST_F(FileSourceTest, AFileWithoutReportsIsTold) {
  for (const char* text : {"", "step,train_acc,val_acc\n"}) {
    Overwrite(path_, "");
    const auto source = Open(FileSource::Form::kTable);
    Append(path_, text);
    EXPECT_THAT(PollToTheEnd(*source), IsEmpty());
    EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("wrote no report to it")));
  }
  fs::remove(path_);
  const auto columns = Open(FileSource::Form::kJsonLines);
  Append(path_, "{\"step\":[1,2],\"loss\":[1,2]}");
  EXPECT_THAT(PollToTheEnd(*columns), IsEmpty());
  EXPECT_THAT(WarningsOf(*columns), ElementsAre(HasSubstr("wrote no report to it")));
  fs::remove(path_);
  const auto channel = Open(FileSource::Form::kChannel);
  EXPECT_THAT(PollToTheEnd(*channel), IsEmpty());
  EXPECT_THAT(WarningsOf(*channel), IsEmpty());
}

TEST_F(FileSourceTest, NestedObjectsAndOurOwnLinesAreReadAsInLogs) {
  const auto source = Open(FileSource::Form::kJsonLines);
  Append(path_,
         "{\"run_id\":\"x\",\"state\":\"running\",\"step\":5,\"loss\":1}\n"
         "{\"_step\":2,\"train\":{\"loss\":0.5,\"note\":\"x\"}}\n");
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("2 train_loss=0.5"));
}

TEST_F(FileSourceTest, ALongLogIsReadOverSeveralPolls) {
  const auto source = Open(FileSource::Form::kTable);
  std::string text = "step,train_acc,val_acc\n";
  const size_t rows = 10 * kMostReportsAtOnce;
  for (size_t i = 0; i < rows; ++i) text += Concat(i, ",0.5,0.25\n");
  Append(path_, text);
  const auto first = source->Poll();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->size(), kMostReportsAtOnce);
  source->Finish();
  size_t count = first->size();
  int64_t last = first->back().step;
  for (auto more = source->Poll(); !more->empty(); more = source->Poll()) {
    EXPECT_LE(more->size(), kMostReportsAtOnce);
    EXPECT_EQ(more->front().step, last + 1);
    last = more->back().step;
    count += more->size();
  }
  EXPECT_EQ(count, rows);
}

TEST_F(FileSourceTest, WhatIsNoFileEndsTheSource) {
  fs::create_directory(path_);
  EXPECT_FALSE(FileSource::Open(FileSource::Form::kTable, path_, {}).ok());
  fs::remove(path_);
  const auto source = Open(FileSource::Form::kTable);
  fs::create_directory(path_);
  EXPECT_THAT(source->Poll().status().message(), HasSubstr("is no regular file"));
}

}  // namespace
}  // namespace powerdown
