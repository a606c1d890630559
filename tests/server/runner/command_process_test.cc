#include "server/runner/command_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "tests/support/runner_process.h"

namespace powerdown {
namespace {

TEST(CommandProcessTest, WhatIsLeftEndsWithIt) {
  ASSERT_TRUE(BecomeSubreaper().ok());
  pid_t pid = 0;
  {
    auto process = CommandProcess::Start(
        {"/bin/sh", "-c", "trap '' TERM; (sleep 1000 & echo $!); exec sleep 1000"}, "/tmp",
        {"PATH=/usr/bin:/bin"});
    ASSERT_TRUE(process.ok()) << process.status();
    pollfd ready{(*process)->output()->number(), POLLIN, 0};
    ASSERT_GT(poll(&ready, 1, 60000), 0);
    char text[64] = {};
    ASSERT_GT(read((*process)->output()->number(), text, sizeof text - 1), 0);
    pid = std::stoi(text);
    EXPECT_TRUE(IsAlive(pid));
    EXPECT_FALSE((*process)->has_ended());
  }
  EXPECT_FALSE(IsAlive(pid));
}

TEST(CommandProcessTest, SaysWhatCannotBeStarted) {
  EXPECT_FALSE(CommandProcess::Start({"/no/such"}, "/tmp", {}).ok());
  EXPECT_FALSE(CommandProcess::Start({"/bin/true"}, "/no/such", {}).ok());
}

}  // namespace
}  // namespace powerdown
