// One settled frame as a PNG, without display or graphics card.
#pragma once

#include "absl/status/status.h"
#include "client/app/options.h"
#include "client/model/app_model.h"
#include "client/view/shell.h"

namespace powerdown {

// `state` says which view; `now` is what clocks on it show.
absl::Status TakeScreenshot(const GuiOptions& options, const AppModel& model, ShellState& state,
                            absl::Time now);

}  // namespace powerdown
