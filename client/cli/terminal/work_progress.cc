#include "client/cli/terminal/work_progress.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(200);  // between two lines
// From less than this nothing follows for the rest.
constexpr double kLeastKnown = 0.02;
constexpr char kErasedLine[] = "\r\x1b[K";

}  // namespace

std::string WorkText(const std::string& what, double share, absl::Duration elapsed) {
  if (share < kLeastKnown) return Concat(what, ": ", DurationText(elapsed), " so far");
  const absl::Duration left = elapsed * ((1 - share) / share);
  const std::string about = left < absl::Seconds(1) ? "" : "about ";
  return Concat(what, ": ", PercentText(share, 0), ", ", about, DurationText(left), " left");
}

WorkProgress::WorkProgress(Console& console, std::string what)
    : console_(console), what_(std::move(what)), start_(absl::Now()), next_(start_) {
  Tell(0);
}

WorkProgress::~WorkProgress() {
  if (console_.can_draw()) console_.Draw(kErasedLine);
}

void WorkProgress::Tell(double share) {
  const absl::Time now = absl::Now();
  if (!console_.can_draw() || now < next_) return;
  next_ = now + kPause;
  const std::string text = WorkText(what_, std::clamp(share, 0.0, 1.0), now - start_);
  console_.Draw(Concat(kErasedLine, FitWidth(text, console_.Size().columns - 1)));
}

}  // namespace powerdown
