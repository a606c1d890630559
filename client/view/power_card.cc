#include "client/view/power_card.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "client/chart/scale.h"
#include "client/view/chart_view.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/energy/footprint.h"

namespace powerdown {
namespace {

constexpr float kTraceHeight = 44;
constexpr absl::Duration kShown = absl::Minutes(10);

std::string PowerText(Watts power) {
  return ValueText(Values::kWatts, power.value());
}

// The last minutes: the band filled, the power as a line, rest as a dashed one.
class PowerTrace {
 public:
  PowerTrace(const Look& look, const std::deque<PowerPoint>& points, const BaselineRow* rest)
      : look_(look),
        palette_(look.palette()),
        points_(points),
        rest_(rest),
        list_(ImGui::GetWindowDrawList()),
        at_(ImGui::GetCursorScreenPos()),
        size_({ImGui::GetContentRegionAvail().x, look.Px(kTraceHeight)}) {
    double most = rest != nullptr ? rest->high.value() : 0;
    for (const PowerPoint& point : points) most = std::max(most, point.high.value());
    most_ = std::max(most, 1e-9) * 1.08;
  }

  void Paint() {
    list_->AddRectFilled(at_, {at_.x + size_.x, at_.y + size_.y}, palette_.sunken,
                         look_.Px(spacing::kTiny));
    if (rest_ != nullptr) PaintRest();
    float last_x = -1;
    for (size_t i = 0; i < points_.size(); ++i) {
      const float x = X(points_[i].time);
      if (x < at_.x || x - last_x < 1) continue;
      const bool is_gap = last_x >= 0 && x - last_x > look_.Px(12);
      if (last_x >= 0 && !is_gap) {
        list_->AddRectFilled({last_x, Y(points_[i].high)}, {x, Y(points_[i].low)},
                             WithAlpha(palette_.waste, 0.18f));
        list_->AddLine({last_x, last_y_}, {x, Y(points_[i].power)}, palette_.waste, look_.Px(1.5f));
      }
      last_x = x;
      last_y_ = Y(points_[i].power);
    }
    ImGui::Dummy(size_);
  }

 private:
  float X(absl::Time time) const {
    const double before = absl::ToDoubleSeconds(points_.back().time - time);
    return at_.x + size_.x * static_cast<float>(1 - before / absl::ToDoubleSeconds(kShown));
  }
  float Y(Watts power) const {
    return at_.y + size_.y * static_cast<float>(1 - power.value() / most_);
  }
  void PaintRest() {
    list_->AddRectFilled({at_.x, Y(rest_->high)}, {at_.x + size_.x, Y(rest_->low)},
                         WithAlpha(palette_.muted, 0.12f));
    const float y = Y(rest_->power);
    for (float x = at_.x; x < at_.x + size_.x; x += look_.Px(8)) {
      list_->AddLine({x, y}, {std::min(x + look_.Px(4), at_.x + size_.x), y}, palette_.muted,
                     look_.Px(1));
    }
  }

  const Look& look_;
  const Palette& palette_;
  const std::deque<PowerPoint>& points_;
  const BaselineRow* rest_;
  ImDrawList* list_;
  const ImVec2 at_;
  const ImVec2 size_;
  double most_ = 1;
  float last_y_ = 0;
};

std::string RestText(const BaselineRow* rest) {
  if (rest == nullptr) return "power at rest not measured yet";
  return Concat("at rest ", PowerText(rest->power), " (", PowerText(rest->low), " to ",
                PowerText(rest->high), ")");
}

void DrawDevice(const Look& look, const std::string& device, const std::deque<PowerPoint>& points,
                const BaselineRow* rest) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  const PowerPoint& now = points.back();
  Say(look.fonts.strong, palette.text, Concat(device, "  ", PowerText(now.power)));
  ImGui::SameLine();
  SayFitted(look, look.fonts.small, palette.muted,
            Concat(PowerText(now.low), " to ", PowerText(now.high), ", ", now.source),
            ImGui::GetContentRegionAvail().x);
  PowerTrace(look, points, rest).Paint();
  Hint(look, Concat("The last ten minutes of ", device, ": power and uncertainty as metered by ",
                    now.source, "; dashed: ", RestText(rest), "."));
  SayFitted(look, look.fonts.small, palette.muted, RestText(rest), width);
}

struct LedgerPart {
  const char* symbol;
  const char* name;
  const char* hint;
  std::optional<Joules> energy;
  Color color;
};

void DrawLedger(const Look& look, const BoxLedger& ledger) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  const LedgerPart parts[] = {
      {"■", "runs", "Used by training runs, with their part of the power at rest.", ledger.runs,
       palette.validation},
      {"◆", "questions", "Used to answer quiz questions.", ledger.quizzes, palette.good},
      {"○", "at rest", "Power at rest while no run was active.", ledger.at_rest, palette.muted},
      {"▲", "unattributed", "Used by other programs, or before the power at rest was known.",
       ledger.unattributed, palette.waste},
  };
  Say(look.fonts.strong, palette.text, Concat("Energy of the box  ", EnergyText(ledger.total)));
  Hint(look, Concat("All energy metered since the daemon's first start: ", EnergyText(ledger.low),
                    " to ", EnergyText(ledger.high), " (", ledger.source, ")."));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = look.Px(8);
  ImDrawList* list = ImGui::GetWindowDrawList();
  float x = at.x;
  for (const LedgerPart& part : parts) {
    const double share = part.energy && ledger.total.value() > 0 ? *part.energy / ledger.total : 0;
    const float end = x + width * static_cast<float>(share);
    if (end - x >= 1) list->AddRectFilled({x, at.y}, {end - 1, at.y + height}, part.color);
    x = end;
  }
  ImGui::Dummy({width, height});
  for (int i = 0; i < 4; ++i) {
    const LedgerPart& part = parts[i];
    if (i % 2 == 1) ImGui::SameLine(std::floor(width / 2));
    ImGui::BeginGroup();
    Say(look.fonts.small, part.color, part.symbol);
    ImGui::SameLine(0, look.Px(spacing::kTiny));
    SayFitted(look, look.fonts.small, palette.text,
              Concat(part.name, " ", part.energy ? EnergyText(*part.energy) : "not known"),
              i % 2 == 1 ? ImGui::GetContentRegionAvail().x : width / 2 - look.Px(22));
    ImGui::EndGroup();
    Hint(look, part.hint);
  }
}

}  // namespace

void DrawPowerCard(const Screen& screen) {
  const Look& look = screen.look;
  const AppModel& model = screen.model;
  bool has_any = false;
  for (const auto& [device, points] : model.power()) {
    if (points.empty()) continue;
    has_any = true;
    DrawDevice(look, device, points, model.FindBaseline(device));
  }
  if (!has_any) {
    Say(look.fonts.strong, look.palette().text, "Power of the box");
    SayWrapped(look.fonts.small, look.palette().muted,
               "No power is measured: no server, or no meter on it. See Servers (6).");
  }
  if (model.ledger()) DrawLedger(look, *model.ledger());
}

}  // namespace powerdown
