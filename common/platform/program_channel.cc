#include "common/platform/program_channel.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/platform/system_error.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<ProgramChannel>> ProgramChannel::Open() {
  std::error_code none;
  std::string folder = std::filesystem::temp_directory_path(none) / "powerdown-run-XXXXXX";
  if (none || mkdtemp(folder.data()) == nullptr) {
    return SystemError(Concat("cannot make a folder ", folder), none ? none.value() : errno);
  }
  std::unique_ptr<ProgramChannel> channel(new ProgramChannel(folder, /*is_owner=*/true));
  RETURN_IF_ERROR(WriteFile(channel->reports_file(), "", {.mode = kOwnerOnly}));
  return channel;
}

absl::StatusOr<std::unique_ptr<ProgramChannel>> ProgramChannel::Join(const std::string& folder) {
  struct stat found = {};
  if (lstat(folder.c_str(), &found) != 0) return SystemError(Concat("cannot use ", folder), errno);
  if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(
        Concat("cannot use ", folder, ": it is no private folder of this account"));
  }
  return std::unique_ptr<ProgramChannel>(new ProgramChannel(folder, /*is_owner=*/false));
}

ProgramChannel::~ProgramChannel() {
  std::error_code ignored;
  if (is_owner_) std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> ProgramChannel::Variables() const {
  return {Concat("POWERDOWN_REPORTS=", reports_file()), Concat("POWERDOWN_STOP=", folder_, "/stop"),
          Concat("POWERDOWN_ENERGY=", folder_, "/energy.json")};
}

absl::Status ProgramChannel::AskToStop() {
  return WriteFile(folder_ + "/stop", "stop\n", {.mode = kOwnerOnly});
}

absl::Status ProgramChannel::PutEnergy(const Energy& energy) {
  const Json json = {{"time", absl::ToDoubleSeconds(energy.time - absl::UnixEpoch())},
                     {"joules", energy.joules},
                     {"low", energy.low},
                     {"high", energy.high}};
  return WriteFile(folder_ + "/energy.json", JsonText(json) + "\n", {.mode = kOwnerOnly});
}

absl::Status ProgramChannel::PutEnd(const ProcessEnd& end) {
  const Json json = {{"was_killed", end.was_killed}, {"number", end.number}};
  return WriteFile(folder_ + "/end.json", JsonText(json) + "\n", {.mode = kOwnerOnly});
}

std::optional<ProcessEnd> ProgramChannel::FindEnd() const {
  constexpr size_t kMostBytes = 1000;
  const absl::StatusOr<std::string> text = ReadFile(folder_ + "/end.json", kMostBytes);
  if (!text.ok()) return std::nullopt;
  const absl::StatusOr<Json> json = ParseJsonObject(*text);
  if (!json.ok()) return std::nullopt;
  JsonReader reader(*json);
  const ProcessEnd end{reader.Flag("was_killed"), static_cast<int>(reader.Whole("number"))};
  if (!reader.status().ok()) return std::nullopt;
  return end;
}

}  // namespace powerdown
