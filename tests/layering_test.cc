// The table of ARCHITECTURE.md, checked: every #include line of every folder, and that each file
// under tests/ mirrors a source.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace powerdown {
namespace {

namespace fs = std::filesystem;

struct Rule {
  std::vector<std::string> ours;     // folders whose headers may be included
  std::vector<std::string> outside;  // prefixes of headers of other projects
};

// Longest match wins. C and C++ standard headers without a slash are free; POSIX ones are listed.
const std::map<std::string, Rule>& Rules() {
  static const auto& rules = *new std::map<std::string, Rule>{
      {"common",
       {{"common"}, {"absl/", "Eigen/", "toml++/", "nlohmann/", "zstd.h", "openssl/evp.h"}}},
      {"proto", {{"proto", "common"}, {"absl/", "google/protobuf/", "grpcpp/", "powerdown/v1/"}}},
      {"server/meter",
       {{"server/meter", "common"}, {"absl/", "dlfcn.h", "CoreFoundation/", "IOKit/", "POSIX"}}},
      {"server/store",
       {{"server/store", "common"},
        {"absl/", "SQLiteCpp/", "sqlite3.h", "migrations.inc", "POSIX"}}},
      {"server/access",
       {{"server/access", "server/store", "common"}, {"absl/", "openssl/", "POSIX"}}},
      {"server/notify", {{"server/notify", "server/store", "common"}, {"absl/", "httplib.h"}}},
      {"server/run",
       {{"server/run", "server/store", "server/meter", "server/clock.h", "common"},
        {"absl/", "spdlog/", "POSIX"}}},
      {"server/rpc",
       {{"server/rpc", "server/run", "server/meter", "server/store", "server/access",
         "server/clock.h", "proto", "common"},
        {"absl/", "grpcpp/", "google/protobuf/", "powerdown/v1/", "spdlog/", "POSIX"}}},
      {"server/trainer",
       {{"server/trainer", "server/meter", "common"},
        {"absl/", "torch/", "ATen/", "c10/", "cblas.h", "spdlog/", "POSIX"}}},
      {"server", {{"server", "common"}, {"absl/", "spdlog/", "grpcpp/", "POSIX"}}},
      {"client/connection",
       {{"client/connection", "client/model", "proto", "common"},
        {"absl/", "grpcpp/", "google/protobuf/", "powerdown/v1/", "openssl/", "POSIX"}}},
      {"client/model", {{"client/model", "common"}, {"absl/"}}},
      {"client/chart", {{"client/chart", "common"}, {}}},
      {"client/view",
       {{"client/view", "client/chart", "client/model", "common"}, {"absl/", "imgui.h"}}},
      {"client/window", {{"client/window"}, {"imgui", "GLFW/", "GL/", "EGL/", "stb/"}}},
      {"client/app",
       {{"client/app", "client/connection", "client/model", "client/chart", "client/view",
         "client/window", "common"},
        {"absl/", "imgui.h", "POSIX"}}},
      {"client/cli",
       {{"client/cli", "client/connection", "client/model", "common"},
        {"absl/", "CLI/", "nlohmann/", "stb/", "POSIX"}}},
  };
  return rules;
}

const std::set<std::string>& PosixHeaders() {
  static const auto& headers = *new std::set<std::string>{
      "fcntl.h",        "poll.h",        "pwd.h",        "signal.h",      "spawn.h",
      "termios.h",      "time.h",        "unistd.h",     "sched.h",       "arpa/inet.h",
      "netdb.h",        "netinet/in.h",  "sys/file.h",   "sys/ioctl.h",   "sys/prctl.h",
      "sys/resource.h", "sys/socket.h",  "sys/stat.h",   "sys/time.h",    "sys/types.h",
      "sys/un.h",       "sys/utsname.h", "sys/wait.h",   "sys/eventfd.h", "sys/mman.h",
      "sys/epoll.h",    "sys/statvfs.h", "netinet/tcp.h"};
  return headers;
}

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

const Rule* RuleOf(const std::string& file) {
  for (fs::path folder = fs::path(file).parent_path(); !folder.empty();
       folder = folder.parent_path()) {
    if (auto found = Rules().find(folder.string()); found != Rules().end()) return &found->second;
  }
  return nullptr;
}

bool IsStandard(const std::string& header) {
  return header.find('/') == std::string::npos && header.find('.') == std::string::npos;
}

bool IsAllowed(const Rule& rule, const std::string& header, bool is_quoted) {
  if (IsStandard(header)) return true;
  const fs::path root = POWERDOWN_SOURCE_DIR;
  if (is_quoted && fs::exists(root / header)) {
    for (const std::string& folder : rule.ours) {
      if (header == folder || StartsWith(header, folder + "/")) return true;
    }
    return false;
  }
  for (const std::string& outside : rule.outside) {
    if (outside == "POSIX" ? PosixHeaders().contains(header) : StartsWith(header, outside)) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> SourcesUnder(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  const fs::path root = POWERDOWN_SOURCE_DIR;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension == ".cc" || extension == ".h") {
        files.push_back(fs::relative(entry.path(), root).string());
      }
    }
  }
  return files;
}

TEST(LayeringTest, EveryIncludeIsAllowedByTheTable) {
  const std::regex include(R"(^\s*#\s*include\s+([<"])([^>"]+)[>"])");
  size_t checked = 0;
  for (const std::string& file : SourcesUnder({"common", "proto", "server", "client"})) {
    const Rule* rule = RuleOf(file);
    ASSERT_NE(rule, nullptr) << file << " is in a folder that the table does not have";
    std::ifstream lines(fs::path(POWERDOWN_SOURCE_DIR) / file);
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      ++checked;
      EXPECT_TRUE(IsAllowed(*rule, match[2], match[1] == "\"")) << file << " includes " << match[2];
    }
  }
  EXPECT_GT(checked, 100u);
}

TEST(LayeringTest, OnlyTheTrainerNamesLibTorch) {
  const std::regex torch(R"(#\s*include\s+[<"](torch|ATen|c10)/)");
  for (const std::string& file : SourcesUnder({"common", "proto", "server", "client", "tests"})) {
    if (StartsWith(file, "server/trainer/") || StartsWith(file, "tests/server/trainer/")) continue;
    std::ifstream lines(fs::path(POWERDOWN_SOURCE_DIR) / file);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_FALSE(std::regex_search(line, torch)) << file << ": " << line;
    }
  }
}

TEST(LayeringTest, EveryTestMirrorsASource) {
  const fs::path root = POWERDOWN_SOURCE_DIR;
  for (const std::string& file : SourcesUnder({"tests"})) {
    const fs::path relative = fs::relative(file, "tests");
    const std::string top = relative.begin()->string();
    if (top == "fakes" || top == "support" || top == "e2e" || top == "bench_sources") continue;
    if (relative == "layering_test.cc" || relative.extension() == ".h") continue;
    std::string stem = relative.stem().string();
    ASSERT_TRUE(stem.ends_with("_test")) << file << " is no test";
    stem.resize(stem.size() - 5);
    const fs::path source = root / relative.parent_path() / stem;
    EXPECT_TRUE(fs::exists(source.string() + ".cc") || fs::exists(source.string() + ".h"))
        << file << " mirrors no source";
  }
}

}  // namespace
}  // namespace powerdown
