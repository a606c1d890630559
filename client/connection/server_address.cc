#include "client/connection/server_address.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

std::string HomeFolder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') return home;
  const passwd* user = getpwuid(getuid());
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
}

}  // namespace

absl::StatusOr<std::string> ParseServerAddress(const std::string& text) {
  if (absl::StartsWith(text, "unix:") && text.size() > 5) return text;
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0 && absl::SimpleAtoi(text.substr(colon + 1), &port) &&
      port > 0 && port < 65536) {
    return text;
  }
  // A name of a paired server: the connection knows which there are.
  const bool is_name = !text.empty() && text.find_first_of(":/ ") == std::string::npos;
  if (is_name) return text;
  return absl::InvalidArgumentError(
      Concat("server: ", Quoted(text),
             " is not an address; allowed: unix:PATH, HOST:PORT or the name of a paired server"));
}

absl::StatusOr<std::string> PrivateStateFolder() {
  // The XDG standard says that a relative path is to be ignored.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return Concat(state, "/powerdown");
  }
  const std::string home = HomeFolder();
  if (home.empty()) {
    return absl::UnavailableError(
        "no home folder for a local daemon's state; set HOME or XDG_STATE_HOME, or name a server "
        "with --server");
  }
  return home + "/.local/state/powerdown";
}

}  // namespace powerdown
