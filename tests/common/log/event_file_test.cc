#include "common/log/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "common/base/text.h"
#include "tests/support/event_bytes.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "tag@step=value" of each scalar.
std::vector<std::string> Scalars(EventFileReader& reader, std::string_view bytes) {
  std::vector<std::string> scalars;
  reader
      .Push(bytes,
            [&](const LogEvent& event) {
              for (const EventScalar& scalar : event.scalars) {
                scalars.push_back(Concat(scalar.tag, "@", event.step, "=", scalar.value));
              }
            })
      .IgnoreError();
  return scalars;
}
std::vector<std::string> Scalars(std::string_view bytes) {
  EventFileReader reader("events");
  return Scalars(reader, bytes);
}

TEST(EventFileTest, ScalarsAreReadInEveryFormThatWritersUse) {
  std::string file = VersionRecord();
  for (const ScalarForm form :
       {ScalarForm::kSimpleValue, ScalarForm::kTensorFloats, ScalarForm::kTensorContent}) {
    file += ScalarRecord(1e9, 7, "acc", 0.5F, form);
  }
  EXPECT_TRUE(IsEventFile(file));
  EXPECT_THAT(Scalars(file), ElementsAre("acc@7=0.5", "acc@7=0.5", "acc@7=0.5"));
}

// As TensorFlow writes it, checksums and all.
TEST(EventFileTest, TheFirstRecordOfARealFileIsRead) {
  const std::string record(
      "\x18\0\0\0\0\0\0\0\xa3\x7fK\"\t\0\0\xc0%\xddu\xd5"
      "A\x1a\rbrain.Event:1\xec\xf3"
      "2\x8d",
      40);
  EXPECT_TRUE(IsEventFile(record));
  EXPECT_EQ(ParseEvent(record.substr(12, 24))->wall_time, 1440183447.0);
  EventFileReader reader("events");
  EXPECT_THAT(Scalars(reader, record + record + "123"), IsEmpty());
  EXPECT_EQ(reader.damaged_records(), 0);
  EXPECT_TRUE(reader.is_cut_off());
}

TEST(EventFileTest, NumbersOfEveryTypeAreRead) {
  const auto value = [](std::string_view tensor) {
    return ParseEvent(EventBytes(1, 1, BytesField(1, BytesField(1, "x") + BytesField(8, tensor))));
  };
  const std::string real = LittleEndianBytes(std::bit_cast<uint64_t>(0.1), 8);
  EXPECT_EQ(value(VarintField(1, 2) + BytesField(4, real))->scalars[0].value, 0.1);
  EXPECT_EQ(value(VarintField(1, 2) + BytesField(6, real))->scalars[0].value, 0.1);
  EXPECT_EQ(value(VarintField(1, 2) + DoubleField(6, 0.1))->scalars[0].value, 0.1);
  EXPECT_EQ(value(VarintField(1, 3) + VarintField(7, static_cast<uint64_t>(-5)))->scalars[0].value,
            -5);
  EXPECT_EQ(value(VarintField(1, 9) + BytesField(10, VarintBytes(300)))->scalars[0].value, 300);
  EXPECT_EQ(value(VarintField(1, 9) + BytesField(4, LittleEndianBytes(300, 8)))->scalars[0].value,
            300);
  // More than one number, or none: no scalar.
  EXPECT_THAT(value(VarintField(1, 2) + BytesField(6, real + real))->scalars, IsEmpty());
  EXPECT_THAT(value(VarintField(1, 9) + BytesField(10, "\x01\x02"))->scalars, IsEmpty());
  EXPECT_THAT(value(VarintField(1, 1))->scalars, IsEmpty());
  EXPECT_TRUE(std::isnan(ParseEvent(EventBytes(1, 1, BytesField(1, ScalarValueBytes("x", NAN, {}))))
                             ->scalars[0]
                             .value));
}

TEST(EventFileTest, WhatIsNoScalarIsPassedOver) {
  const std::string text = BytesField(1, "note") + BytesField(8, VarintField(1, 7)) +
                           BytesField(9, BytesField(1, BytesField(1, "text")));
  const std::string file = RecordBytes(EventBytes(1, 1, BytesField(1, text))) +
                           RecordBytes(BytesField(4, "a graph")) + RecordBytes("") +
                           ScalarRecord(1, 2, "loss", 3);
  EXPECT_THAT(Scalars(file), ElementsAre("loss@2=3"));
}

TEST(EventFileTest, ADamagedRecordIsCountedAndTheNextOneRead) {
  std::string file = ScalarRecord(1, 1, "a", 1);
  const size_t first = file.size();
  file += ScalarRecord(1, 2, "a", 2) + ScalarRecord(1, 3, "a", 3);
  file[first + 20] ^= 1;
  EventFileReader reader("events");
  EXPECT_THAT(Scalars(reader, file), ElementsAre("a@1=1", "a@3=3"));
  EXPECT_EQ(reader.damaged_records(), 1);
  // A right checksum does not make a message of it.
  EventFileReader other("events");
  EXPECT_THAT(Scalars(other, RecordBytes("\x0D") + ScalarRecord(1, 2, "a", 2)),
              ElementsAre("a@2=2"));
  EXPECT_EQ(other.damaged_records(), 1);
}

TEST(EventFileTest, ADamagedLengthEndsTheFile) {
  std::string file = ScalarRecord(1, 1, "a", 1);
  const size_t first = file.size();
  file += ScalarRecord(1, 2, "a", 2);
  file[first + 1] ^= 1;
  EventFileReader reader("run/events");
  EXPECT_THAT(Scalars(reader, file), ElementsAre("a@1=1"));
  const absl::Status status =
      reader.Push(ScalarRecord(1, 3, "a", 3), [](const LogEvent&) { FAIL() << "read on"; });
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr(Concat("run/events: byte ", first, ": ")));
  EXPECT_FALSE(IsEventFile(file.substr(first)));
  EXPECT_FALSE(IsEventFile("step,train_acc,val_acc\n"));
}

// A record as long as an image, or as a length that somebody made up, takes no memory: its bytes
// come and go.
TEST(EventFileTest, ALongRecordIsPassedOverWithoutBeingKept) {
  const std::string image(kMostEventBytes + 1, 'x');
  std::string file = RecordBytes(image) + ScalarRecord(1, 2, "a", 2);
  EXPECT_THAT(Scalars(file), ElementsAre("a@2=2"));
  file[100] ^= 1;
  EventFileReader reader("events");
  EXPECT_THAT(Scalars(reader, file), ElementsAre("a@2=2"));
  EXPECT_EQ(reader.damaged_records(), 1);
  const std::string length = LittleEndianBytes(uint64_t{1} << 62, 8);
  EventFileReader hostile("events");
  Scalars(hostile, length + LittleEndianBytes(MaskedCrc32c(ExtendCrc32c(0, length)), 4));
  EXPECT_TRUE(hostile.is_cut_off());
  const std::string endless = LittleEndianBytes(~uint64_t{0}, 8);
  EventFileReader refused("events");
  EXPECT_TRUE(absl::IsDataLoss(
      refused.Push(endless + LittleEndianBytes(MaskedCrc32c(ExtendCrc32c(0, endless)), 4),
                   [](const LogEvent&) {})));
}

RC_GTEST_PROP(EventFileTest, PiecesOfAFileReadAsTheWhole, ()) {
  std::string file = VersionRecord();
  const int events = *rc::gen::inRange(0, 20);
  for (int i = 0; i < events; ++i) {
    file += ScalarRecord(1e9 + i, i, Concat("tag", *rc::gen::inRange(0, 3)),
                         static_cast<float>(*rc::gen::inRange(-100, 100)) / 8,
                         static_cast<ScalarForm>(*rc::gen::inRange(0, 3)));
  }
  const std::vector<std::string> whole = Scalars(file);
  RC_ASSERT(static_cast<int>(whole.size()) == events);
  EventFileReader reader("events");
  std::vector<std::string> pieces;
  for (std::string_view rest = file; !rest.empty();) {
    const auto size = std::min<size_t>(rest.size(), *rc::gen::inRange<size_t>(1, 40));
    for (std::string& scalar : Scalars(reader, rest.substr(0, size))) pieces.push_back(scalar);
    rest.remove_prefix(size);
  }
  RC_ASSERT(pieces == whole);
  RC_ASSERT(!reader.is_cut_off());
}

RC_GTEST_PROP(EventFileTest, NoBytesAreTooMuchForIt, ()) {
  std::string bytes = *rc::gen::arbitrary<std::string>();
  ParseEvent(bytes).status().IgnoreError();
  Scalars(RecordBytes(bytes) + bytes);
}

}  // namespace
}  // namespace powerdown
