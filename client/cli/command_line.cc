#include "client/cli/command_line.h"

#include "absl/strings/numbers.h"
#include "client/cli/command_table.h"
#include "client/cli/commands/commands.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr double kMostSeconds = 1e9;

}  // namespace

absl::StatusOr<absl::Duration> ReadSeconds(std::string_view name, const std::string& text) {
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds > 0 && seconds <= kMostSeconds)) {
    return absl::InvalidArgumentError(
        Concat(name, ": ", Quoted(text), " is not allowed; allowed: seconds above 0"));
  }
  return absl::Seconds(seconds);
}

namespace {

absl::StatusOr<GlobalOptions> ReadGlobals(CommandWords words, const Config& config) {
  // A default of the file stands in for its flag.
  for (const auto& [key, value] : config) {
    if (key != "server" && !words.Has(Concat("--", key))) words.flags[Concat("--", key)] = {value};
  }
  GlobalOptions globals;
  globals.server = words.Text("--server");
  if (const auto found = config.find("server"); found != config.end()) {
    globals.default_server = found->second;
  }
  ASSIGN_OR_RETURN(globals.output,
                   words.Choice<OutputFormat>("--output", OutputFormat::kTable,
                                              {OutputFormat::kTable, OutputFormat::kJson,
                                               OutputFormat::kJsonLines, OutputFormat::kCsv}));
  ASSIGN_OR_RETURN(
      globals.color,
      words.Choice<ColorChoice>("--color", ColorChoice::kAuto,
                                {ColorChoice::kAuto, ColorChoice::kNever, ColorChoice::kAlways}));
  globals.has_no_input = words.Has("--no-input");
  globals.is_quiet = words.Has("--quiet");
  if (const auto text = words.Find("--timeout")) {
    ASSIGN_OR_RETURN(globals.timeout, ReadSeconds("timeout", *text));
  }
  if (const auto text = words.Find("--give-up")) {
    ASSIGN_OR_RETURN(globals.give_up, ReadSeconds("give-up", *text));
  }
  return globals;
}

absl::StatusOr<ExitCode> PrintHelp(Session& session, const CommandWords& words) {
  Console& console = session.console();
  return Done(console.Write(HelpText(Commands(), words.path, console.style())));
}

}  // namespace

absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments,
                                            const Config& config) {
  ASSIGN_OR_RETURN(const CommandWords words, ParseWords(Commands(), arguments));
  Invocation invocation;
  ASSIGN_OR_RETURN(invocation.globals, ReadGlobals(words, config));
  CommandReader read = FindCommand(Commands(), words.path)->read;
  if (words.wants_help || words.path.empty()) read = RunOnWords(PrintHelp);
  if (words.Has("--version")) read = VersionCommand().read;
  ASSIGN_OR_RETURN(invocation.work, read(words));
  return invocation;
}

}  // namespace powerdown
