#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/run/worker_line_fields.h"
#include "tests/support/any_values.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
T ReadCommandBack(const T& command) {
  const auto read = ParseCommand(FormatCommand(command));
  EXPECT_TRUE(read.ok()) << read.status();
  const T* same = read.ok() ? std::get_if<T>(&*read) : nullptr;
  EXPECT_NE(same, nullptr);
  return same == nullptr ? T() : *same;
}

TEST(WorkerCommandsTest, StartReadsBack) {
  StartCommand command;
  command.run_id = "01hf7yat00";
  command.attempt = 3;
  command.spec.task = "s5";
  command.spec.learning_rate = 0.0012345678901234567;
  command.auto_stop = AutoStop::kObserve;
  command.grok_multiple = 1.32;
  command.directory = "/var/lib/power down/ü";
  command.resume_file = "last.ckpt";
  command.take_back_stop = true;
  const StartCommand read = ReadCommandBack(command);
  EXPECT_EQ(read.spec, command.spec);
  EXPECT_EQ(read.auto_stop, AutoStop::kObserve);
  EXPECT_EQ(read.grok_multiple, 1.32);
  EXPECT_EQ(read.directory, command.directory);
  EXPECT_EQ(read.resume_file, "last.ckpt");
  EXPECT_TRUE(read.take_back_stop);
  EXPECT_EQ(read.attempt, 3);
}

RC_GTEST_PROP(WorkerCommandsProperty, EveryFieldOfAStartReadsBack, ()) {
  StartCommand command = AnyOf<StartCommand>();
  if (command.spec.task == kUnknownTask) command.spec = RunSpec();  // nobody starts such a run
  const auto read = ParseCommand(FormatCommand(command));
  RC_ASSERT(read.ok());
  RC_ASSERT(Difference(command, std::get<StartCommand>(*read)) == "");
}

TEST(WorkerCommandsTest, WhatIsNotSetReadsBackUnset) {
  const StartCommand read = ReadCommandBack(StartCommand());
  EXPECT_EQ(read.grok_multiple, std::nullopt);
  EXPECT_EQ(read.resume_file, "");
  EXPECT_FALSE(read.take_back_stop);
}

TEST(WorkerCommandsTest, EndAskAndCancelReadBack) {
  EXPECT_EQ(ReadCommandBack(EndCommand{EndRequest::kPause}).reason, EndRequest::kPause);
  const AskCommand ask = ReadCommandBack(AskCommand{5, "grokked.ckpt", "abc", {"1 + 2", "3,4"}});
  EXPECT_EQ(ask.request, 5);
  EXPECT_EQ(ask.checkpoint_file, "grokked.ckpt");
  EXPECT_EQ(ask.sha256, "abc");
  EXPECT_THAT(ask.questions, ElementsAre("1 + 2", "3,4"));
  EXPECT_EQ(ReadCommandBack(CancelAskCommand{9}).request, 9);
}

TEST(WorkerCommandsTest, DrawnQuestionsAndGridsReadBack) {
  AskCommand drawn{6, "", "", {}, 200, UINT64_MAX};
  EXPECT_EQ(ReadCommandBack(drawn).count, 200);
  EXPECT_EQ(ReadCommandBack(drawn).seed, UINT64_MAX);
  EXPECT_FALSE(ReadCommandBack(drawn).is_grid);
  AskCommand grid;
  grid.is_grid = true;
  EXPECT_TRUE(ReadCommandBack(grid).is_grid);
}

TEST(WorkerCommandsTest, BadCommandsAreNamed) {
  EXPECT_EQ(ParseCommand(R"({"command":"dance"})").status().message(),
            R"(command is not known in "{\"command\":\"dance\"}")");
  EXPECT_THAT(std::string(ParseCommand(R"({"command":"end"})").status().message()),
              HasSubstr(R"("reason" is missing)"));
  EXPECT_THAT(std::string(ParseCommand(R"({"command":"ask","request":1,"questions":["1 + 2",7]})")
                              .status()
                              .message()),
              HasSubstr("has an item that is not text"));
  EXPECT_THAT(std::string(ParseCommand(R"({"command":"start","run_id":"a","attempt":1,)"
                                       R"("directory":"d","spec":{"modulus":1}})")
                              .status()
                              .message()),
              HasSubstr("modulus: 1 is out of range"));
}

TEST(WorkerCommandsTest, WhatOnlyARunnerIsToldReadsBack) {
  StartCommand command;
  command.command.emplace();
  command.command->words = {"python3", "train.py"};
  command.command->directory = "/";
  command.environment = {"KEY=a b"};
  const StartCommand read = ReadCommandBack(command);
  EXPECT_EQ(read.command, command.command);
  EXPECT_EQ(read.environment, command.environment);
  EXPECT_TRUE(ReadCommandBack(HoldCommand{true}).is_held);
  EXPECT_EQ(ReadCommandBack(EndCommand{EndRequest::kCancel}).reason, EndRequest::kCancel);
  const EnergyCommand energy =
      ReadCommandBack(EnergyCommand{absl::Seconds(3), Joules(2), Joules(1), Joules(4)});
  EXPECT_EQ(energy.monotonic, absl::Seconds(3));
  EXPECT_EQ(energy.high, Joules(4));
}

}  // namespace
}  // namespace powerdown
