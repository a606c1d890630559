#include "common/platform/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "common/platform/descriptor.h"
#include "common/platform/environment.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(30);

ProcessSpec Shell(const std::string& script) {
  ProcessSpec spec;
  spec.words = {"/bin/sh", "-c", script};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

// What such a process prints.
std::string Printed(ProcessSpec spec) {
  Pipe output = *OpenPipe();
  spec.output = output.write.number();
  const absl::StatusOr<pid_t> pid = StartProcess(spec);
  EXPECT_TRUE(pid.ok()) << pid.status();
  if (!pid.ok()) return "";
  output.write.Close();
  std::string text;
  char piece[4096];
  for (ssize_t count; (count = read(output.read.number(), piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<size_t>(count));
  }
  AwaitEnd(*pid, kLimit);
  Reap(*pid);
  return text;
}

TEST(ProcessTest, AChildSeesTheEnvironmentItIsGivenAndNoOther) {
  setenv("PROCESS_TEST_SECRET", "secret", 1);
  ProcessSpec spec = Shell("echo \"$GIVEN,$PROCESS_TEST_SECRET\"");
  spec.environment.emplace_back("GIVEN=a b");
  EXPECT_EQ(Printed(spec), "a b,\n");
  spec.environment = ListedEnvironment(kAllVariables);
  EXPECT_EQ(Printed(spec), ",secret\n");
}

TEST(ProcessTest, AChildHasTheDescriptorsItIsGivenAndNoOther) {
  // As a library opens one that does not think of children.
  const Descriptor leaked(fcntl(STDERR_FILENO, F_DUPFD, 100));
  const std::string number = std::to_string(leaked.number());
  const std::string script = "(true >&" + number + ") 2>/dev/null && echo leaked; " +
                             "(true <&3) 2>/dev/null && echo kept; cat; true";
  EXPECT_EQ(Printed(Shell(script)), "");
  ProcessSpec spec = Shell(script);
  Pipe input = *OpenPipe();
  ASSERT_EQ(write(input.write.number(), "typed\n", 6), 6);
  input.write.Close();
  const Descriptor kept(open("/dev/null", O_RDONLY | O_CLOEXEC));
  spec.input = input.read.number();
  spec.kept = kept.number();
  EXPECT_EQ(Printed(spec), "kept\ntyped\n");
}

TEST(ProcessTest, ErrorsGoWhereTheyShould) {
  Pipe errors = *OpenPipe();
  ProcessSpec spec = Shell("echo spoken; echo logged >&2");
  spec.errors = errors.write.number();
  EXPECT_EQ(Printed(spec), "spoken\n");
  char text[16] = {};
  EXPECT_EQ(read(errors.read.number(), text, sizeof text), 7);
  EXPECT_STREQ(text, "logged\n");
}

TEST(ProcessTest, LimitsHold) {
  const std::string shown = "ulimit -f; ulimit -c; ulimit -d; nice; cat /proc/self/oom_score_adj";
  ProcessSpec spec = Shell(shown);
  spec.most_file_bytes = 1 << 20;
  spec.most_data_bytes = 512 << 20;
  spec.dumps_no_core = true;
  spec.oom_score = 700;
  spec.nice = 3;
  const int own = getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(Printed(spec), "2048\n0\n524288\n" + std::to_string(std::max(own, 3)) + "\n700\n");
}

TEST(ProcessTest, AFileThatGrowsTooLargeIsAnErrorAndNoSignal) {
  ProcessSpec spec =
      Shell("head -c 3000 /dev/zero > \"$FILE\" 2>/dev/null; echo $?; wc -c < \"$FILE\"");
  TemporaryFolder folder;
  spec.environment.push_back("FILE=" + folder.path() + "/file");
  spec.most_file_bytes = 2048;
  EXPECT_EQ(Printed(spec), "1\n2048\n");
}

TEST(ProcessTest, AProcessLeadsItsGroupAndASessionIfAsked) {
  const std::string script =
      "read -r _ _ _ _ group session _ < /proc/$$/stat; "
      "[ $group = $$ ] && echo group; [ $session = $$ ] && echo session; true";
  ProcessSpec spec = Shell(script);
  EXPECT_EQ(Printed(spec), "group\n");
  spec.leads_session = true;
  EXPECT_EQ(Printed(spec), "group\nsession\n");
}

TEST(ProcessTest, EndsAreToldUntilTheyAreReaped) {
  const pid_t exited = *StartProcess(Shell("exit 7"));
  AwaitedEnd awaited = AwaitEnd(exited, kLimit);
  EXPECT_FALSE(awaited.was_late);
  EXPECT_FALSE(awaited.end.was_killed);
  EXPECT_EQ(awaited.end.number, 7);
  EXPECT_TRUE(EndOf(exited).has_value());
  Reap(exited);
  EXPECT_FALSE(EndOf(exited).has_value());

  const pid_t killed = *StartProcess(Shell("kill -TERM $$"));
  awaited = AwaitEnd(killed, kLimit);
  EXPECT_TRUE(awaited.end.was_killed);
  EXPECT_EQ(awaited.end.number, SIGTERM);
  Reap(killed);
}

TEST(ProcessTest, WhoIsLateIsKilledWithWhatItStarted) {
  Pipe output = *OpenPipe();
  ProcessSpec spec = Shell("sleep 1000 & sleep 1000");
  spec.output = output.write.number();
  const pid_t pid = *StartProcess(spec);
  output.write.Close();
  int calls = 0;
  const AwaitedEnd awaited = AwaitEnd(pid, absl::Milliseconds(40), [&] { ++calls; });
  EXPECT_TRUE(awaited.was_late);
  EXPECT_TRUE(awaited.end.was_killed);
  EXPECT_GE(calls, 2);
  char none = 0;
  EXPECT_EQ(read(output.read.number(), &none, 1), 0);  // nobody holds the other end any more
  Reap(pid);
}

TEST(ProcessTest, AProgramThatCannotBeStartedIsNamedWithTheReason) {
  ProcessSpec spec;
  spec.words = {"/nonexistent/program"};
  const absl::Status missing = StartProcess(spec).status();
  EXPECT_THAT(std::string(missing.message()),
              HasSubstr("cannot start /nonexistent/program: No such"));
  spec.words = {"/etc/passwd"};
  EXPECT_THAT(std::string(StartProcess(spec).status().message()), HasSubstr("Permission denied"));
}

TEST(ProcessTest, AChildRunsInTheFolderThatItIsGiven) {
  TemporaryFolder folder;
  ProcessSpec spec = Shell("pwd");
  spec.directory = folder.path();
  EXPECT_EQ(Printed(spec), folder.path() + "\n");
  const Descriptor opened(open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  spec.directory.clear();
  spec.folder = opened.number();
  EXPECT_EQ(Printed(spec), folder.path() + "\n");
}

TEST(ProcessTest, AChildOfAnAccountHasNoWayToMorePrivileges) {
  ProcessSpec spec = Shell("grep NoNewPrivs /proc/self/status");
  EXPECT_THAT(Printed(spec), HasSubstr("0"));
  spec.account = OwnAccount();
  EXPECT_THAT(Printed(spec), HasSubstr("1"));
}

// Only root can act as somebody else.
TEST(ProcessTest, AChildIsTheAccountThatItIsGivenAndNothingMore) {
  const absl::StatusOr<Account> nobody = FindAccount("nobody");
  if (!nobody.ok()) GTEST_SKIP() << "there is no account nobody";
  TemporaryFolder folder;  // of mode 0700, of this account
  ProcessSpec spec = Shell("id -u; id -g; id -G");
  spec.account = *nobody;
  if (geteuid() != 0) {
    EXPECT_FALSE(StartProcess(spec).ok());
    return;
  }
  const std::string printed = Printed(spec);
  EXPECT_THAT(printed, ::testing::StartsWith(std::to_string(nobody->uid) + "\n" +
                                             std::to_string(nobody->gid) + "\n"));
  EXPECT_THAT(printed, ::testing::Not(::testing::ContainsRegex("(^|[ \n])0( |\n|$)")));
  EXPECT_THAT(CheckEnterable(*nobody, folder.path()).ToString(),
              HasSubstr("nobody cannot enter " + folder.path() + ": Permission denied"));
  EXPECT_TRUE(CheckEnterable(*nobody, "/").ok());
}

TEST(ProcessTest, AFolderThatIsNotThereIsSaid) {
  EXPECT_THAT(CheckEnterable(OwnAccount(), "/no/such/folder").ToString(),
              HasSubstr("cannot enter /no/such/folder: No such file"));
}

}  // namespace
}  // namespace powerdown
