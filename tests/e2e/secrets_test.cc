// What must stay secret, looked for wherever it could come out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr char kCanary[] = "canary-5f2e9c";  // in the address that notices go to

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() {
    std::ofstream(folder_.path() + "/daemon.toml")
        << "notify_url = \"http://127.0.0.1:9/" << kCanary << "\"\nlisten = \"127.0.0.1:0\"\n";
    daemon_ = std::make_unique<DaemonProcess>(
        folder_.path(), std::vector<std::string>{"--config", folder_.path() + "/daemon.toml"});
  }
  // All that a command says is kept.
  std::string Say(const std::vector<std::string>& arguments) {
    const CommandResult result = daemon_->Cli(arguments);
    said_ += result.output + result.errors;
    return result.output;
  }
  static std::string BytesOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The secrets as their own files have them.
  std::vector<std::string> Secrets() {
    std::vector<std::string> secrets = {kCanary};
    const std::string admin = BytesOf(daemon_->state_dir() + "/admin.token");
    secrets.push_back(admin.substr(admin.rfind('_') + 1, 64));
    const std::string key = BytesOf(daemon_->state_dir() + "/key.pem");
    secrets.push_back(key.substr(key.find('\n') + 1, 40));
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder_.path() + "/config")) {
      if (!entry.is_regular_file()) continue;
      const std::string profile = BytesOf(entry.path());
      const size_t token = profile.find("pd_");
      if (token != std::string::npos) secrets.push_back(profile.substr(token + 12, 60));
    }
    return secrets;
  }

  TemporaryFolder folder_;
  std::unique_ptr<DaemonProcess> daemon_;
  std::string said_;
};

TEST_F(SecretsTest, ComeOutNowhere) {
  ASSERT_NE(daemon_->serving_line(), "") << daemon_->errors();
  const Json pairing = Json::parse(Say({"server", "pair", "--user", "ada", "--output", "json"}));
  said_.clear();  // a pairing is meant to be shown; it is spent now
  Say({"server", "add", pairing.at("pairing"), "--name", "box"});
  Say({"--server", "box", "run", "submit", "--wait", "--max-steps", "20"});
  Say({"--server", "box", "user", "list"});  // refused: ada is no admin
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"server", "info"},
                                             {"server", "doctor"},
                                             {"server", "audit"},
                                             {"server", "list"},
                                             {"user", "list"},
                                             {"user", "tokens"},
                                             {"server", "backup"},
                                             {"power", "meters"}}) {
    Say(words);
  }
  Say({"run", "submit", "--task", "random-labels", "--max-steps", "1000000"});
  std::vector<pid_t> workers;
  while (workers.empty()) workers = ChildrenOf(daemon_->process().pid());
  const std::vector<std::string> secrets = Secrets();
  ASSERT_EQ(secrets.size(), 4u);
  for (const std::string& secret : secrets) ASSERT_GE(secret.size(), 10u);
  workers.push_back(daemon_->process().pid());
  for (const pid_t pid : workers) {
    for (const char* list : {"/cmdline", "/environ"}) {
      said_ += BytesOf("/proc/" + std::to_string(pid) + list);
    }
  }
  said_ += daemon_->errors();
  const std::set<std::string> own = {"admin.token", "key.pem"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon_->state_dir())) {
    if (entry.is_regular_file() && !own.contains(entry.path().filename())) {
      said_ += BytesOf(entry.path());  // the database, its log and its backup among them
    }
  }
  for (const std::string& secret : secrets) EXPECT_EQ(said_.find(secret), std::string::npos);
  EXPECT_THAT(said_, HasSubstr("SQLite format 3"));
}

TEST_F(SecretsTest, ACrashLeavesNoCore) {
  const pid_t daemon = daemon_->process().pid();
  const std::string limits = BytesOf("/proc/" + std::to_string(daemon) + "/limits");
  EXPECT_THAT(limits, ::testing::ContainsRegex("Max core file size +0 +0 +bytes"));
  // Of a process that is not dumpable, /proc belongs to root: nobody else may read its memory.
  struct stat memory = {};
  ASSERT_EQ(stat(("/proc/" + std::to_string(daemon) + "/mem").c_str(), &memory), 0);
  EXPECT_EQ(memory.st_uid, 0u);
  const std::string doctor = Say({"server", "doctor"});
  EXPECT_THAT(doctor, HasSubstr("none are written"));
}

}  // namespace
}  // namespace powerdown
