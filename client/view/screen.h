// All that a view is given to draw from.
#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "client/model/app_model.h"
#include "client/view/look.h"
#include "common/base/named.h"

namespace powerdown {

enum class ViewName { kCompare, kFleet, kLive, kExplore, kQuiz, kServers };
inline constexpr int kViews = 6;
template <>
struct NamesOf<ViewName> {
  static constexpr std::string_view kNames[] = {"compare", "fleet", "live",
                                                "explore", "quiz",  "servers"};
};

struct Screen {
  const AppModel& model;
  const Look& look;
  absl::Time now;
};

}  // namespace powerdown
