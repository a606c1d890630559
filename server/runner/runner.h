// One command's life under powerdown-runner: starts it, keeps its output, hears its reports, tells
// the daemon, and ends it when it is asked or its leash is gone. One thread: Turn() waits for the
// next thing to happen and deals with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/line_splitter.h"
#include "common/platform/output_log.h"
#include "common/platform/program_channel.h"
#include "common/run/worker_lines.h"
#include "server/runner/program_processes.h"
#include "server/runner/report_judge.h"
#include "server/runner/reports/report_source.h"

namespace powerdown {

// How often the reports are looked for, and the processes: what a stop waits for at most.
inline constexpr absl::Duration kRunnerRound = absl::Milliseconds(100);
// To end in where the daemon is gone, and nobody would see to what goes on: the daemon that ends
// kills its workers 7 s after it asked them.
inline constexpr absl::Duration kLeashGrace = absl::Seconds(5);
// What the daemon has not read. While there is more, no reports are read: the program's own files
// keep them.
inline constexpr size_t kMostUnread = 1 << 20;

class Runner {
 public:
  // Speaks on `output`, is told on `input`. Both are made non-blocking.
  Runner(int input, int output);
  ~Runner();

  // Until the command and all its processes have ended and everything was told.
  void Run();

 private:
  // Why the program was told to end; later ones are stronger.
  enum class Ending { kNone, kRule, kTimeLimit, kPause, kStop, kCancel, kLeash };

  void Turn();
  void Wait();
  void ReadCommands();
  void Take(const WorkerCommand& command);
  absl::Status Start(const StartCommand& start);
  absl::Status StartProgram(const StartCommand& start);
  void Fail(const absl::Status& why);
  void Hold(bool is_held);
  void End(Ending ending);
  void PressOn();  // with what an ending asks for next
  // What there is of both its stdout and its stderr.
  void ReadOutput();
  bool ReadSome(const Descriptor& from, bool is_stdout);  // false: nothing more will come
  void ReadReports(bool is_last);
  void Conclude();
  EndedLine LineOfEnd() const;
  void Say(const WorkerLine& line);
  void WriteLines();
  void Note(const std::string& text);  // to the run's log

  const int input_;
  const int output_;
  LineSplitter lines_;
  std::string unread_;  // lines that the daemon has not taken
  bool has_input_ = true;
  bool has_reader_ = true;
  bool is_done_ = false;

  std::optional<StartCommand> start_;
  std::unique_ptr<ProgramChannel> channel_;
  std::unique_ptr<ProgramProcesses> process_;
  std::unique_ptr<ReportJudge> judge_;
  std::vector<std::unique_ptr<ReportSource>> sources_;
  OutputLog log_{"."};
  bool has_log_trouble_ = false;
  bool has_output_ = true;  // its stdout is open
  bool has_errors_ = true;  // its stderr
  bool is_held_ = false;
  Ending ending_ = Ending::kNone;
  StopReason rule_reason_ = StopReason::kGrokked;
  int signals_ = 0;             // of this ending
  bool has_told_rest_ = false;  // what the program left behind when it ended
  absl::Duration next_at_;      // when the next step of the ending is due
  absl::Duration started_at_;
};

}  // namespace powerdown
