// powerdown-gui: the desktop client.
#include <cstdio>
#include <string>
#include <vector>

#include "client/app/gui.h"
#include "client/app/options.h"
#include "client/app/recorded_runs.h"
#include "client/app/screenshot.h"
#include "client/app/settings.h"
#include "common/status.h"

namespace powerdown {
namespace {

absl::Status Run(const GuiOptions& options) {
  if (options.screenshot.empty()) return Gui(options, LoadSettings(SettingsPath())).Run();
  AppModel model;
  if (options.is_demo) {
    ASSIGN_OR_RETURN(const std::vector<AppUpdate> updates, ReadRecordedRuns());
    for (const AppUpdate& update : updates) model.Apply(update);
    model.Apply(LinkChanged{Link{.state = LinkState::kRecorded}});
  }
  ShellState state;
  state.view = options.view;
  return TakeScreenshot(options, model, state, LatestTime(model));
}

int Main(const std::vector<std::string>& arguments) {
  const absl::StatusOr<GuiOptions> options = ParseOptions(arguments);
  if (!options.ok()) {
    std::fprintf(stderr, "powerdown-gui: %s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  if (options->wants_help) return std::fputs(OptionsHelp().c_str(), stdout), 0;
  if (options->wants_version) return std::puts("powerdown-gui " POWERDOWN_VERSION), 0;
  const absl::Status status = Run(*options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "powerdown-gui: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  return powerdown::Main({arguments + 1, arguments + count});
}
