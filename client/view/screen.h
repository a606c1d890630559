// All that a view is given to draw from.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "client/model/app_model.h"
#include "client/view/look.h"

namespace powerdown {

enum class ViewName { kCompare, kFleet, kLive, kExplore, kQuiz, kServers };
inline constexpr int kViews = 6;
std::optional<ViewName> ParseView(std::string_view text);  // "compare", as on the command line

struct Screen {
  const AppModel& model;
  const Look& look;
  absl::Time now;
};

}  // namespace powerdown
