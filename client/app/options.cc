#include "client/app/options.h"

#include <algorithm>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int kLeastSide = 320;
constexpr int kMostSide = 16384;

absl::Status Refuse(std::string_view flag, std::string_view value, std::string_view allowed) {
  return absl::InvalidArgumentError(
      Concat(flag, ": value is ", Quoted(value), "; allowed: ", allowed));
}

absl::Status SetView(GuiOptions& options, const std::string& value) {
  const std::optional<ViewName> view = FindNamed<ViewName>(value);
  if (!view) return Refuse("--view", value, "compare, live, explore, quiz, servers, fleet");
  options.view = *view;
  return absl::OkStatus();
}

absl::Status SetSize(GuiOptions& options, const std::string& value) {
  const std::vector<std::string> sides = absl::StrSplit(value, 'x');
  if (sides.size() != 2 || !absl::SimpleAtoi(sides[0], &options.width) ||
      !absl::SimpleAtoi(sides[1], &options.height) ||
      std::min(options.width, options.height) < kLeastSide ||
      std::max(options.width, options.height) > kMostSide) {
    return Refuse("--size", value, "WIDTHxHEIGHT, each 320 to 16384");
  }
  options.has_size = true;
  return absl::OkStatus();
}

absl::Status SetTheme(GuiOptions& options, const std::string& value) {
  options.theme = FindNamed<ThemeName>(value);
  return options.theme ? absl::OkStatus() : Refuse("--theme", value, "light, dark, contrast");
}

absl::Status SetScale(GuiOptions& options, const std::string& value) {
  if (!absl::SimpleAtof(value, &options.scale) || !(options.scale >= 0.5f && options.scale <= 4)) {
    return Refuse("--scale", value, "0.5 to 4");
  }
  return absl::OkStatus();
}

struct Flag {
  std::string_view name;
  std::string_view value;  // what follows it; empty: nothing does
  std::string_view help;
  std::function<absl::Status(GuiOptions&, const std::string&)> set;
};

const std::vector<Flag>& Flags() {
  static const auto& flags = *new std::vector<Flag>{
      {"--server", "ADDRESS", "unix:PATH, HOST:PORT or the name of a known server",
       [](GuiOptions& o, const std::string& v) { return o.server = v, absl::OkStatus(); }},
      {"--view", "VIEW", "compare, live, explore, quiz, servers or fleet", SetView},
      {"--theme", "THEME", "light, dark or contrast", SetTheme},
      {"--size", "WxH", "size of the window or picture [1440x900]", SetSize},
      {"--scale", "S", "scale of text and lengths [the monitor's]", SetScale},
      {"--demo", "", "show recorded runs, without a server",
       [](GuiOptions& o, const std::string&) { return o.is_demo = true, absl::OkStatus(); }},
      {"--screenshot", "FILE", "write one frame to a PNG file and exit; needs no display",
       [](GuiOptions& o, const std::string& v) { return o.screenshot = v, absl::OkStatus(); }},
      {"--text", "FILE", "also write the drawn text, of the picture or of each frame",
       [](GuiOptions& o, const std::string& v) { return o.text = v, absl::OkStatus(); }},
      {"--figures", "FILE", "at exit, write the times of frames and updates",
       [](GuiOptions& o, const std::string& v) { return o.figures = v, absl::OkStatus(); }},
      {"--version", "", "print the version and exit",
       [](GuiOptions& o, const std::string&) { return o.wants_version = true, absl::OkStatus(); }},
      {"--help", "", "print this and exit",
       [](GuiOptions& o, const std::string&) { return o.wants_help = true, absl::OkStatus(); }},
  };
  return flags;
}

const Flag* FindFlag(std::string_view name) {
  for (const Flag& flag : Flags()) {
    if (flag.name == name || (name == "-h" && flag.name == "--help")) return &flag;
  }
  return nullptr;
}

absl::Status UnknownFlag(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Flag& flag : Flags()) names.push_back(flag.name);
  return absl::InvalidArgumentError(Concat(Quoted(name), NotKnown(name, names)));
}

}  // namespace

absl::StatusOr<GuiOptions> ParseOptions(const std::vector<std::string>& arguments) {
  GuiOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const Flag* flag = FindFlag(name);
    if (flag == nullptr) return UnknownFlag(name);
    std::string value;
    if (!flag->value.empty()) {
      if (equals != std::string::npos) {
        value = arguments[i].substr(equals + 1);
      } else if (i + 1 < arguments.size()) {
        value = arguments[++i];
      } else {
        return absl::InvalidArgumentError(Concat(name, " needs ", flag->value));
      }
    }
    RETURN_IF_ERROR(flag->set(options, value));
  }
  return options;
}

std::string OptionsHelp() {
  std::string help =
      "powerdown-gui: see the waste, stop it, watch a model understand\n\n"
      "  powerdown-gui                       the servers known, or a daemon on this computer\n"
      "  powerdown-gui --demo                recorded runs, without a server\n"
      "  powerdown-gui --screenshot a.png --view compare --demo\n\n";
  for (const Flag& flag : Flags()) {
    std::string left = Concat("  ", flag.name, " ", flag.value);
    left.resize(std::max<size_t>(left.size() + 1, 22), ' ');
    help += Concat(left, flag.help, "\n");
  }
  return help;
}

}  // namespace powerdown
