// Trains a designed grid of runs through the daemon, and keeps each as a bundle.
#include <deque>
#include <filesystem>
#include <set>

#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/run_output.h"
#include "client/cli/text/run_text.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/run_bundle.h"
#include "common/study/run_grid.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPollPeriod = absl::Milliseconds(250);
constexpr std::string_view kSuffix = ".jsonl.zst";

// Hashes of the specs that are recorded already.
absl::StatusOr<std::set<std::string>> RecordedSpecs(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(Concat("cannot make ", folder, ": ", error.message()));
  std::set<std::string> hashes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (!std::string_view(path).ends_with(kSuffix)) continue;
    ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
    ASSIGN_OR_RETURN(const std::vector<RunBundle> bundles, ReadBundles(content, path));
    for (const RunBundle& bundle : bundles) hashes.insert(SpecHash(bundle.run.spec));
  }
  return hashes;
}

class Recording {
 public:
  Recording(Connection& connection, Console& console, std::string folder)
      : connection_(connection), console_(console), folder_(std::move(folder)) {}

  absl::Status Submit(const GridRun& planned) {
    std::vector<std::string> tags = {planned.name};
    if (!planned.tier.empty()) tags.push_back(Concat("tier:", planned.tier));
    ASSIGN_OR_RETURN(const Run run,
                     connection_.SubmitRun(
                         {.spec = planned.spec, .auto_stop = AutoStop::kObserve, .tags = tags}));
    submitted_.push_back(run.run_id);
    return absl::OkStatus();
  }
  // Waits for the run that was submitted first, and keeps it.
  absl::Status Keep() {
    const std::string run_id = submitted_.front();
    submitted_.pop_front();
    ASSIGN_OR_RETURN(Run run, connection_.GetRun(run_id));
    while (!HasEnded(run.state)) {
      absl::SleepFor(kPollPeriod);
      ASSIGN_OR_RETURN(run, connection_.GetRun(run_id));
    }
    if (run.state == RunState::kCancelled || run.state == RunState::kFailed) {
      console_.Say(Concat("not recorded: ", RunLine(run, console_.err_style())));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const std::string bundle, connection_.ExportRun(run_id));
    RETURN_IF_ERROR(WriteFile(Concat(folder_, "/", run_id, kSuffix), bundle));
    RETURN_IF_ERROR(connection_.Act("delete", run_id).status());
    console_.Say(Concat(++kept_, ": ", RunLine(run, console_.err_style())));
    return absl::OkStatus();
  }
  size_t waiting() const { return submitted_.size(); }

 private:
  Connection& connection_;
  Console& console_;
  const std::string folder_;
  std::deque<std::string> submitted_;
  int64_t kept_ = 0;
};

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const RecordCommand& command) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(command.grid_file));
  ASSIGN_OR_RETURN(const std::vector<GridRun> grid, ParseGrid(text, command.grid_file));
  ASSIGN_OR_RETURN(const std::set<std::string> recorded, RecordedSpecs(command.folder));
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  Recording recording(*connection, console, command.folder);
  size_t already = 0;
  for (const GridRun& planned : grid) {
    if (recorded.contains(SpecHash(planned.spec))) {
      ++already;
      continue;
    }
    RETURN_IF_ERROR(recording.Submit(planned));
    if (recording.waiting() >= static_cast<size_t>(command.at_once)) {
      RETURN_IF_ERROR(recording.Keep());
    }
  }
  while (recording.waiting() > 0) RETURN_IF_ERROR(recording.Keep());
  console.Say(Concat(grid.size(), " runs in the grid, ", already, " were recorded already"));
  return ExitCode::kDone;
}

}  // namespace powerdown
