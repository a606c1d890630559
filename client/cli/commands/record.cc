#include <deque>
#include <filesystem>
#include <set>

#include "absl/time/clock.h"
#include "client/cli/bundle_folder.h"
#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "client/cli/commands/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/cli/text/run_text.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/run.h"
#include "common/run/run_bundle.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"
#include "common/study/run_grid.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPollPeriod = absl::Milliseconds(250);

// The hashes of the specs that are already recorded.
absl::StatusOr<std::set<std::string>> RecordedSpecs(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return absl::UnavailableError(
        Concat("cannot create the folder ", folder, ": ", error.message()));
  std::set<std::string> hashes;
  const absl::StatusOr<BundleFolder> bundles = BundleFolder::Open(folder);
  if (absl::IsNotFound(bundles.status())) return hashes;
  RETURN_IF_ERROR(bundles.status());
  for (const BundledRun& run : bundles->runs()) {
    ASSIGN_OR_RETURN(const RunBundle header, bundles->ReadHeader(run));
    hashes.insert(SpecHash(header.run.spec));
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
  // Waits for the run that was submitted first, and saves it.
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
    RETURN_IF_ERROR(WriteFile(Concat(folder_, "/", run_id, kBundleSuffix), bundle));
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

struct RecordOptions {
  std::string grid_file;
  std::string folder;
  int64_t at_once = 1;
};

absl::StatusOr<RecordOptions> ReadRecord(const CommandWords& words) {
  RecordOptions options{.grid_file = words.Operand(), .folder = words.Text("--into", "recorded")};
  ASSIGN_OR_RETURN(options.at_once, words.Whole("--at-once", 1, 1, 64));
  return options;
}

absl::StatusOr<ExitCode> RecordGrid(Session& session, const RecordOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.grid_file));
  ASSIGN_OR_RETURN(const std::vector<GridRun> grid, ParseGrid(text, options.grid_file));
  ASSIGN_OR_RETURN(const std::set<std::string> recorded, RecordedSpecs(options.folder));
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  Recording recording(*connection, console, options.folder);
  size_t already = 0;
  for (const GridRun& planned : grid) {
    if (recorded.contains(SpecHash(planned.spec))) {
      ++already;
      continue;
    }
    RETURN_IF_ERROR(recording.Submit(planned));
    if (recording.waiting() >= static_cast<size_t>(options.at_once)) {
      RETURN_IF_ERROR(recording.Keep());
    }
  }
  while (recording.waiting() > 0) RETURN_IF_ERROR(recording.Keep());
  // Until here each run has a file of its own, so that a long recording may be interrupted.
  RETURN_IF_ERROR(GatherBundles(options.folder));
  console.Say(Concat(grid.size(), " runs in the grid, ", already, " of them already recorded"));
  return ExitCode::kDone;
}

}  // namespace

CommandTree RecordCommand() {
  return {.name = "record",
          .help = "train the runs of a grid that are not recorded yet, and save them as bundles",
          .examples = {"powerdown record deploy/recorded/GRID.toml --into deploy/recorded"},
          .operand = {.name = "GRID.toml"},
          .flags = {Flag("--into", "FOLDER", "folder of the bundles [recorded]"),
                    Flag("--at-once", "N", "runs in the queue at a time [1]")},
          .read = ReadThenRun(ReadRecord, RecordGrid)};
}

}  // namespace powerdown
