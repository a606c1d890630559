#include "client/view/screen.h"

namespace powerdown {
namespace {

constexpr std::string_view kNames[kViews] = {"compare", "fleet", "live",
                                             "explore", "quiz",  "servers"};

}  // namespace

std::optional<ViewName> ParseView(std::string_view text) {
  for (int i = 0; i < kViews; ++i) {
    if (kNames[i] == text) return static_cast<ViewName>(i);
  }
  return std::nullopt;
}

}  // namespace powerdown
