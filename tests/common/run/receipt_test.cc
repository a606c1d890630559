#include "common/run/receipt.h"

#include <gmock/gmock.h>

#include "common/base/ed25519.h"
#include "common/base/json.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

const absl::Time kReceiptMadeAt = absl::FromUnixSeconds(1'700'000'000);
const std::string kReceiptKey(kEd25519KeyBytes, 'k');

powerdown::Run MeasuredHere() {
  powerdown::Run run = SampleComparison().usual;
  run.run_id = "01m8frapxsdsnnk79pfy8n9r5t";
  return run;
}

std::string SampleReceipt() {
  const Comparison comparison = SampleComparison();
  powerdown::Run run = MeasuredHere();
  run.checkpoints = {
      {"01k9cp", 1, 790, CheckpointLabel::kStop, CheckpointKind::kFull, "abcdef0123", 42, ""}};
  const auto text = MakeReceipt(run, &comparison, "1.0", kReceiptMadeAt, kReceiptKey);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.value_or("");
}

// Every value in it, changed to something else of its type.
std::vector<Json> Tampered(const Json& receipt) {
  std::vector<Json> all;
  const Json flat = receipt.flatten();
  for (const auto& [path, value] : flat.items()) {
    Json changed = receipt;
    Json& at = changed[Json::json_pointer(path)];
    if (value.is_string()) {
      at = value.get<std::string>() + "0";
    } else if (value.is_boolean()) {
      at = !value.get<bool>();
    } else if (value.is_number()) {
      at = value.get<double>() + 1;
    } else {
      at = 1;
    }
    all.push_back(std::move(changed));
  }
  return all;
}

TEST(ReceiptTest, WhatWasSignedIsReadBack) {
  const auto receipt = ReadReceipt(SampleReceipt());
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  const Comparison comparison = SampleComparison();
  EXPECT_EQ(receipt->run.run_id, MeasuredHere().run_id);
  EXPECT_EQ(receipt->run.spec, comparison.usual.spec);
  EXPECT_EQ(receipt->run.energy->gross, comparison.usual.energy->gross);
  EXPECT_EQ(receipt->saved->gross, comparison.saved->gross);
  EXPECT_EQ(receipt->run.checkpoints.at(0).sha256, "abcdef0123");
  EXPECT_EQ(receipt->made_at, kReceiptMadeAt);
  EXPECT_EQ(receipt->public_key.size(), 2 * kEd25519KeyBytes);
}

TEST(ReceiptTest, AChangeOfAnyFieldIsSeen) {
  const Json receipt = Json::parse(SampleReceipt());
  const std::vector<Json> tampered = Tampered(receipt);
  EXPECT_GT(tampered.size(), 60u);
  for (const Json& changed : tampered) {
    EXPECT_FALSE(ReadReceipt(JsonText(changed, 2)).ok()) << JsonText(Json::diff(receipt, changed));
  }
}

TEST(ReceiptTest, WhatIsTakenAwayOrAddedIsSeenToo) {
  const Json receipt = Json::parse(SampleReceipt());
  for (const char* part : {"facts", "signature"}) {
    for (const auto& [name, value] : receipt[part].items()) {
      Json less = receipt;
      less[part].erase(name);
      EXPECT_FALSE(ReadReceipt(JsonText(less)).ok()) << name;
    }
    Json more = receipt;
    more[part]["more"] = 1;
    EXPECT_FALSE(ReadReceipt(JsonText(more)).ok()) << part;
  }
  Json more = receipt;
  more["saved"] = "all of it";
  EXPECT_FALSE(ReadReceipt(JsonText(more)).ok());
}

TEST(ReceiptTest, ASecondNameThatOtherReadersMightTakeIsRefused) {
  std::string text = SampleReceipt();
  const std::string share = "\"share\": ";
  const size_t at = text.find(share);
  ASSERT_NE(at, std::string::npos);
  text.insert(at, share + "0.99, ");
  EXPECT_TRUE(absl::IsDataLoss(ReadReceipt(text).status()));
}

TEST(ReceiptTest, OnOneLineItIsTheSame) {
  EXPECT_TRUE(ReadReceipt(JsonText(Json::parse(SampleReceipt()))).ok());
}

TEST(ReceiptTest, AKeyOfSomebodyElseIsAnotherKey) {
  const std::string other = *MakeReceipt(MeasuredHere(), nullptr, "1.0", kReceiptMadeAt,
                                         std::string(kEd25519KeyBytes, 'x'));
  EXPECT_NE(ReadReceipt(other)->public_key, ReadReceipt(SampleReceipt())->public_key);
  EXPECT_FALSE(ReadReceipt(other)->saved.has_value());
}

TEST(ReceiptTest, OnlyWhatWasMeasuredHereAndHasEndedIsVouchedFor) {
  powerdown::Run run = MeasuredHere();
  run.origin = "imported";
  const auto imported = MakeReceipt(run, nullptr, "1.0", kReceiptMadeAt, kReceiptKey);
  EXPECT_THAT(imported.status().message(), HasSubstr("was imported"));
  run.origin.clear();
  run.state = RunState::kRunning;
  const auto running = MakeReceipt(run, nullptr, "1.0", kReceiptMadeAt, kReceiptKey);
  EXPECT_TRUE(absl::IsFailedPrecondition(running.status())) << running.status();
}

TEST(ReceiptTest, ItsLengthIsBounded) {
  powerdown::Run run = MeasuredHere();
  run.origin.clear();
  run.state_reason = std::string(kMostReceiptBytes, 'x');
  const auto made = MakeReceipt(run, nullptr, "1.0", kReceiptMadeAt, kReceiptKey);
  EXPECT_TRUE(absl::IsResourceExhausted(made.status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      ReadReceipt(SampleReceipt() + std::string(kMostReceiptBytes, ' ')).status()));
  for (const char* other : {"", "[]", "{}", "{\"facts\":{},\"signature\":[]}", "not JSON"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadReceipt(other).status())) << other;
  }
}

}  // namespace
}  // namespace powerdown
