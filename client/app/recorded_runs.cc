#include "client/app/recorded_runs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/model/recording.h"
#include "common/status.h"
#include "common/text.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(program.parent_path().parent_path() / "share/powerdown/recorded");
  folders.emplace_back(POWERDOWN_RECORDED_FOLDER);
  return folders;
}

}  // namespace

absl::StatusOr<std::vector<AppUpdate>> ReadRecordedRuns() {
  std::string looked;
  for (const fs::path& folder : Folders()) {
    const fs::path file = folder / "demo.jsonl";
    std::ifstream stream(file);
    if (!stream) {
      looked += Concat(looked.empty() ? "" : " and ", file.string());
      continue;
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return ParseRecording(text.str());
  }
  return absl::NotFoundError(Concat("no recorded runs: looked for ", looked));
}

absl::Time LatestTime(const AppModel& model) {
  absl::Time latest = absl::UnixEpoch();
  for (const Run* run : model.runs()) {
    latest = std::max(latest, run->ended_at.value_or(run->created_at));
  }
  return latest;
}

}  // namespace powerdown
