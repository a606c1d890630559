#include "server/trainer/command_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "common/run/worker_limits.h"

namespace powerdown {
namespace {

class CommandInputTest : public testing::Test {
 protected:
  CommandInputTest() {
    if (pipe(ends_) != 0) abort();
    input_.emplace(ends_[0]);
  }
  ~CommandInputTest() override { Close(); }
  void Send(const std::string& text) {
    ASSERT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Close() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  static std::string End(const std::string& reason) {
    return FormatCommand(EndCommand{*FindNamed<EndRequest>(reason)}) + "\n";
  }
  std::string NextReason() {
    const std::optional<WorkerCommand> command = input_->Wait();
    if (!command || !std::holds_alternative<EndCommand>(*command)) return "";
    return std::string(NameOf(std::get<EndCommand>(*command).reason));
  }

  int ends_[2] = {-1, -1};
  std::optional<CommandInput> input_;
};

TEST_F(CommandInputTest, CommandsComeInOrderHoweverTheyAreCut) {
  const std::string both = End("pause") + End("stop");
  Send(both.substr(0, 10));
  EXPECT_FALSE(input_->Take());
  Send(both.substr(10));
  EXPECT_EQ(NextReason(), "pause");
  EXPECT_EQ(NextReason(), "stop");
}

TEST_F(CommandInputTest, EndsOnceAllCommandsAreTaken) {
  Send(End("pause"));
  Close();
  EXPECT_EQ(NextReason(), "pause");
  EXPECT_FALSE(input_->Wait());
  EXPECT_TRUE(input_->has_ended());
}

TEST_F(CommandInputTest, AnUnknownCommandIsSkipped) {
  Send("not json\n" + End("stop"));
  EXPECT_EQ(NextReason(), "stop");
  EXPECT_FALSE(input_->has_ended());
}

// All of it would be a command.
TEST_F(CommandInputTest, ACommandThatIsTooLongIsSkipped) {
  const std::string begin = R"({"command":"end","reason":"pause","later":")";
  const std::string piece(1 << 16, 'x');
  Send(begin);
  for (size_t sent = 0; sent <= kLongestWorkerCommand; sent += piece.size()) Send(piece);
  Send("\"}\n" + End("stop"));
  EXPECT_EQ(NextReason(), "stop");
}

TEST_F(CommandInputTest, CancellationOvertakesTheCommandsBeforeIt) {
  Send(End("pause") + FormatCommand(CancelAskCommand{7}) + "\n" + End("stop"));
  EXPECT_EQ(NextReason(), "pause");
  EXPECT_EQ(NextReason(), "stop");
  EXPECT_TRUE(input_->IsCancelled(7));
  EXPECT_FALSE(input_->IsCancelled(8));
}

TEST_F(CommandInputTest, HalfALineAtTheEndIsNoCommand) {
  Send(End("pause").substr(0, 12));
  Close();
  EXPECT_FALSE(input_->Wait());
}

TEST_F(CommandInputTest, MayGoAwayBeforeItsInputEnds) {
  input_.reset();
  Send(End("pause"));
}

}  // namespace
}  // namespace powerdown
