// One settled frame as a PNG, without display or graphics card.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "client/app/options.h"
#include "client/model/app_model.h"
#include "client/view/shell.h"

namespace powerdown {

// `state` says which view; `now` is what clocks on it show. Between frames `carry` is given what
// the view asked for.
absl::Status TakeScreenshot(const GuiOptions& options, const AppModel& model, ShellState& state,
                            absl::Time now, const std::function<void(const Intents&)>& carry);

}  // namespace powerdown
