#include "proto/message_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "common/base/utf8.h"
#include "powerdown/v1/run_service.pb.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

TEST(MessageTextTest, ATextOverItsLimitIsNamed) {
  v1::SubmitRunRequest request;
  request.set_name(std::string(512, 'x'));
  request.mutable_spec()->set_task("addition");
  EXPECT_TRUE(CheckTexts(request).ok());
  request.set_name(std::string(513, 'x'));
  EXPECT_EQ(CheckTexts(request).message(), "name: has 513 bytes; allowed: up to 512");
  request.clear_name();
  request.mutable_spec()->set_device(std::string(1001, 'x'));
  EXPECT_EQ(CheckTexts(request).message(), "device: has 1001 bytes; allowed: up to 1000");
  request.clear_spec();
  for (int i = 0; i < 65; ++i) request.add_tags("x");
  EXPECT_EQ(CheckTexts(request).message(), "tags: has 65 items; allowed: up to 64");
}

TEST(MessageTextTest, ATextWithinATextOfAListIsMadeUtf8) {
  v1::ListRunsResponse page;
  page.add_runs()->set_name("a\xff");
  page.mutable_runs(0)->add_tags("\xC3");
  page.mutable_runs(0)->add_attempts()->set_reason("\xE6\x97");
  page.add_runs()->set_name("é");
  MakeUtf8(page);
  v1::ListRunsResponse received;
  ASSERT_TRUE(received.ParseFromString(page.SerializeAsString()));
  EXPECT_EQ(received.runs(0).name(), "a\xEF\xBF\xBD");
  EXPECT_EQ(received.runs(1).name(), "é");
}

// Whatever bytes a run holds, the message that carries it arrives.
RC_GTEST_PROP(MessageTextTest, ARunOfAnyBytesArrives, ()) {
  powerdown::Run run;
  run.name = *rc::gen::arbitrary<std::string>();
  run.notes = *rc::gen::arbitrary<std::string>();
  run.state_reason = *rc::gen::arbitrary<std::string>();
  run.tags = *rc::gen::arbitrary<std::vector<std::string>>();
  run.spec.task = *rc::gen::arbitrary<std::string>();
  run.attempts.push_back({.reason = *rc::gen::arbitrary<std::string>()});
  run.stop = StopOutcome{1, Named<StopReason>::Parse(*rc::gen::arbitrary<std::string>()), {}};
  v1::Run received;
  RC_ASSERT(received.ParseFromString(ToWire(run).SerializeAsString()));
  RC_ASSERT(received.name() == ToUtf8(run.name));
}

}  // namespace
}  // namespace powerdown
