// Starts the real programs from tests: commands that end, and a daemon in a folder of its own.
// Every wait has a deadline and ends on a condition.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace powerdown {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "powerdown-test-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string Program(const std::string& name) {
  return std::string(POWERDOWN_BINARY_DIR) + "/" + name;
}

// A child whose output is read line by line. Killed and reaped at the latest when it goes away.
class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment,
               const std::string& error_file) {
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      const int errors = open(error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2(errors, STDERR_FILENO);
      const int nothing = open("/dev/null", O_RDONLY);
      dup2(nothing, STDIN_FILENO);
      for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
      std::vector<char*> words;
      for (const std::string& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
    close(output[1]);
    output_ = output[0];
  }
  ~ChildProcess() {
    if (!status_) {
      kill(pid_, SIGKILL);
      Wait();
    }
    close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) { kill(pid_, signal); }

  // The next line of stdout; nullopt at its end, or after `seconds` without one.
  std::optional<std::string> ReadLine(int seconds = 60) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (;;) {
      if (const size_t end = buffer_.find('\n'); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd ready{output_, POLLIN, 0};
      if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0)
        return std::nullopt;
      char piece[65536];
      const ssize_t count = read(output_, piece, sizeof(piece));
      if (count <= 0) return std::nullopt;
      buffer_.append(piece, static_cast<size_t>(count));
    }
  }
  std::string ReadAll(int seconds = 120) {
    std::string text;
    while (auto line = ReadLine(seconds)) text += *line + "\n";
    return text + std::exchange(buffer_, "");
  }
  // Exit status, or 128 + signal.
  int Wait() {
    if (!status_) {
      int raw = 0;
      while (waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
      }
      status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    }
    return *status_;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
  std::string buffer_;
  std::optional<int> status_;
};

inline std::string FileText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct CommandResult {
  int exit_code = 0;
  std::string output;
  std::string errors;
};

// A daemon on a unix socket below its own folder, with its own configuration and home.
class DaemonProcess {
 public:
  explicit DaemonProcess(const std::string& folder, std::vector<std::string> flags = {})
      : folder_(folder), flags_(std::move(flags)) {
    Start();
  }
  // Returns the line that it printed when it served; empty if it did not start.
  const std::string& serving_line() const { return serving_line_; }
  std::string errors() const { return FileText(folder_ + "/daemon.stderr"); }
  ChildProcess& process() { return *process_; }
  std::string state_dir() const { return folder_ + "/state"; }
  std::string address() const { return "unix:" + state_dir() + "/powerdown.sock"; }

  void Start() {
    std::vector<std::string> arguments = {Program("powerdownd"), "--state-dir", state_dir()};
    arguments.insert(arguments.end(), flags_.begin(), flags_.end());
    process_ = std::make_unique<ChildProcess>(arguments, Environment(), folder_ + "/daemon.stderr");
    serving_line_ = process_->ReadLine(30).value_or("");
  }
  std::map<std::string, std::string> Environment() const {
    return {{"HOME", folder_},
            {"XDG_CONFIG_HOME", folder_ + "/config"},
            {"XDG_STATE_HOME", folder_ + "/xdg-state"},
            {"POWERDOWN_SERVER", address()}};
  }
  std::unique_ptr<ChildProcess> StartCli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), Program("powerdown"));
    return std::make_unique<ChildProcess>(arguments, Environment(), folder_ + "/cli.stderr");
  }
  CommandResult Cli(const std::vector<std::string>& arguments) const {
    std::filesystem::remove(folder_ + "/cli.stderr");
    const std::unique_ptr<ChildProcess> child = StartCli(arguments);
    CommandResult result;
    result.output = child->ReadAll();
    result.exit_code = child->Wait();
    result.errors = FileText(folder_ + "/cli.stderr");
    return result;
  }

 private:
  const std::string folder_;
  const std::vector<std::string> flags_;
  std::unique_ptr<ChildProcess> process_;
  std::string serving_line_;
};

// Children of a process, from /proc.
inline std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(parent) + "/task", ignored)) {
    std::ifstream list(task.path() / "children");
    for (pid_t child; list >> child;) children.push_back(child);
  }
  return children;
}

}  // namespace powerdown
