// Writes one frame as a PNG file, without display or graphics card.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "client/app/options.h"
#include "client/model/app_model.h"
#include "client/view/shell.h"

namespace powerdown {

// `state` chooses the page; clocks show `now`. `carry` is called with the page's intents between
// frames.
absl::Status TakeScreenshot(const GuiOptions& options, const AppModel& model, ShellState& state,
                            absl::Time now, const std::function<void(const Intents&)>& carry);

}  // namespace powerdown
