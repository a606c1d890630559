#include "common/platform/find_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_split.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/environment.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

bool IsProgram(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string PathOf(const std::vector<std::string>& environment) {
  for (const std::string& variable : environment) {
    if (variable.starts_with("PATH=")) return variable.substr(5);
  }
  return kUsualPath;
}

}  // namespace

absl::StatusOr<std::string> FindProgram(const std::string& word,
                                        const std::vector<std::string>& environment,
                                        const std::string& directory) {
  if (word.find('/') != std::string::npos) {
    const std::string path = word.starts_with('/') ? word : Concat(directory, "/", word);
    if (IsProgram(path)) return path;
    return absl::NotFoundError(Concat("command: ", Quoted(path), " is no program that may be run"));
  }
  const std::string path = PathOf(environment);
  for (const absl::string_view part : absl::StrSplit(path, ':')) {
    // An empty part is the folder that it runs in, as in a shell.
    const std::string folder = part.empty()     ? directory
                               : part[0] == '/' ? std::string(part)
                                                : Concat(directory, "/", StdView(part));
    const std::string found = Concat(folder, "/", word);
    if (IsProgram(found)) return found;
  }
  return absl::NotFoundError(
      Concat("command: there is no program ", Quoted(word), " in PATH (", path, ")"));
}

absl::Status CheckFolder(const std::string& directory) {
  struct stat folder = {};
  if (stat(directory.c_str(), &folder) != 0) {
    return SystemError(Concat("directory: cannot enter ", directory), errno);
  }
  if (!S_ISDIR(folder.st_mode)) {
    return absl::InvalidArgumentError(Concat("directory: ", directory, " is no folder"));
  }
  if (access(directory.c_str(), X_OK) == 0) return absl::OkStatus();
  return SystemError(Concat("directory: cannot enter ", directory), errno);
}

}  // namespace powerdown
