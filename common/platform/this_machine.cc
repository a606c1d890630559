#include "common/platform/this_machine.h"

#include <sstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/platform/files.h"

namespace powerdown {

std::string BootId() {
  const absl::StatusOr<std::string> text = ReadFile("/proc/sys/kernel/random/boot_id");
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

std::string ProcessorName() {
  std::istringstream lines(ReadFile("/proc/cpuinfo").value_or(""));
  std::string name = "unknown processor";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("model name")) continue;
    name = std::string(absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
    break;
  }
  return absl::StrCat(name, ", ", std::thread::hardware_concurrency(), " cores");
}

}  // namespace powerdown
