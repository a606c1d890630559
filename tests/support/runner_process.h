// A real powerdown-runner whose daemon is a test: commands in, lines out. Every wait has a
// deadline.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/line_splitter.h"
#include "common/platform/descriptor.h"
#include "common/platform/output_log.h"
#include "common/platform/process.h"
#include "common/run/worker_lines.h"
#include "tests/support/processes.h"

namespace powerdown {

class RunnerProcess {
 public:
  RunnerProcess() {
    Pipe input = *OpenPipe();
    Pipe output = *OpenPipe();
    ProcessSpec spec;
    spec.words = {Program("powerdown-runner")};
    spec.environment = {"PATH=/usr/bin:/bin", "TMPDIR=" + folder_.path(), "HOME=/home/ada"};
    spec.directory = folder_.path();
    spec.input = input.read.number();
    spec.output = output.write.number();
    const absl::StatusOr<pid_t> pid = StartProcess(spec);
    EXPECT_TRUE(pid.ok()) << pid.status();
    pid_ = pid.value_or(0);
    input_ = std::move(input.write);
    output_ = std::move(output.read);
  }
  ~RunnerProcess() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    Reap(pid_);
  }

  // A shell script as the command.
  static StartCommand Script(const std::string& script) {
    StartCommand start;
    start.run_id = "01k9";
    start.spec.task = kUnknownTask;
    start.command.emplace();
    start.command->words = {"sh", "-c", script};
    start.command->directory = "/tmp";
    start.auto_stop = AutoStop::kObserve;
    return start;
  }
  void Send(const WorkerCommand& command) {
    const std::string line = FormatCommand(command) + "\n";
    ASSERT_EQ(write(input_.number(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  void CloseInput() { input_.Close(); }

  // The next line; nullopt at the end, or after `seconds`.
  std::optional<WorkerLine> Next(int seconds = 60) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (lines_.empty()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd ready{output_.number(), POLLIN, 0};
      if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
        return std::nullopt;
      }
      char piece[65536];
      const ssize_t count = read(output_.number(), piece, sizeof piece);
      if (count <= 0) return std::nullopt;
      lines_ = splitter_.Push({piece, static_cast<size_t>(count)});
    }
    absl::StatusOr<WorkerLine> line = ParseLine(lines_.front());
    EXPECT_TRUE(line.ok()) << line.status() << lines_.front();
    lines_.erase(lines_.begin());
    if (!line.ok()) return std::nullopt;
    return *std::move(line);
  }
  // Reads on to a line of this kind; nullopt where none comes.
  template <typename Line>
  std::optional<Line> Await() {
    while (std::optional<WorkerLine> line = Next()) {
      if (auto* found = std::get_if<Line>(&*line)) return *std::move(found);
    }
    return std::nullopt;
  }
  // What the command wrote, once it has `text` in it; what there is after a minute otherwise.
  std::string AwaitOutput(const std::string& text) {
    std::string output;
    for (int look = 0; look < 3000; ++look) {
      const absl::StatusOr<OutputPart> part = ReadOutput(folder_.path(), 0, 1 << 20);
      output = part.ok() ? part->text : std::string(part.status().message());
      if (output.find(text) != std::string::npos) break;
      poll(nullptr, 0, 20);
    }
    return output;
  }
  const std::string& folder() const { return folder_.path(); }
  pid_t pid() const { return pid_; }

 private:
  TemporaryFolder folder_;
  pid_t pid_ = 0;
  Descriptor input_;
  Descriptor output_;
  LineSplitter splitter_{1 << 20};
  std::vector<std::string> lines_;
};

// Whether a process is there and has not ended.
inline bool IsAlive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t end = text.rfind(") ");
  return end != std::string::npos && text[end + 2] != 'Z' && text[end + 2] != 'X';
}

}  // namespace powerdown
