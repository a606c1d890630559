// powerdown-gui: the desktop client.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "client/app/gui.h"
#include "client/app/options.h"
#include "client/app/recorded_runs.h"
#include "client/app/screenshot.h"
#include "client/app/server_session.h"
#include "client/app/settings.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

// Of a server, for a picture of what it shows.
constexpr absl::Duration kSettlingTime = absl::Seconds(1);

void ShowRecordedCurves(const Intent& intent, AppModel& model) {
  const auto* follow = std::get_if<FollowRun>(&intent);
  if (follow == nullptr) return;
  const absl::StatusOr<AppUpdate> curves = ReadRecordedCurves(follow->run_id);
  if (curves.ok()) model.Apply(*curves);
}

absl::Status Run(const GuiOptions& options) {
  if (options.screenshot.empty()) return Gui(options, LoadSettings(SettingsPath())).Run();
  AppModel model;
  model.Apply(WeightsRead{ReadWeights()});
  if (options.is_demo) {
    ASSIGN_OR_RETURN(const std::vector<AppUpdate> updates, ReadRecordedRuns());
    for (const AppUpdate& update : updates) model.Apply(update);
    model.Apply(LinkChanged{Link{.state = LinkState::kRecorded}});
  }
  std::unique_ptr<ServerSession> session;
  const auto settle = [&](const Intents& intents) {
    if (session == nullptr) {
      for (const Intent& intent : intents) ShowRecordedCurves(intent, model);
      return;
    }
    for (const Intent& intent : intents) session->Carry(intent);
    absl::SleepFor(kSettlingTime);
    for (const AppUpdate& update : session->TakeUpdates()) model.Apply(update);
  };
  if (!options.server.empty() && !options.is_demo) {
    session = std::make_unique<ServerSession>(ServerProfile{options.server, options.server}, [] {});
    settle({});
  }
  ShellState state;
  state.view = options.view;
  const absl::Time now = session != nullptr ? absl::Now() : LatestTime(model);
  return TakeScreenshot(options, model, state, now, settle);
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
