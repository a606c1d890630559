#include "client/view/fleet_view.h"

#include <algorithm>
#include <cmath>

#include "client/model/phrases.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr float kLeast = 3;
constexpr float kMost = 6;

struct Amount {
  const char* id;
  const char* name;
  std::string value;
  std::string note;
  std::string source;
};

// Two significant digits, so that the slider stops at round numbers.
int64_t RunsOf(float exponent) {
  const double runs = std::pow(10.0, exponent);
  const double unit = std::pow(10.0, std::floor(std::log10(runs) + 1e-6) - 1);
  return std::llround(runs / unit) * static_cast<int64_t>(unit);
}

std::string EnergyOf(double kwh) {
  return QuantityText(kwh * 1000, "Wh");
}

std::vector<Amount> AmountsOf(const FleetRow& row, const FootprintFactors& factors) {
  const Equivalence& phone = Equivalences()[0];
  const Equivalence& car = Equivalences()[1];
  const std::string carbon = CarbonText(GramsCo2(row.co2_kg * 1000));
  return {
      {"energy", "Energy", EnergyOf(row.kwh),
       Concat(EnergyOf(row.kwh_low), " to ", EnergyOf(row.kwh_high)),
       "Gross energy used after the stop, times the runs a year; the band is the "
       "meter's."},
      {"carbon", "CO₂", carbon,
       Concat(SignificantText(factors.carbon.grams_per_kwh), " g/kWh, ", factors.carbon.region),
       CarbonFactorText(factors)},
      {"money", "Money", MoneyText(row.cost),
       Concat(factors.price.per_kwh, " ", factors.price.currency, "/kWh"),
       PriceFactorText(factors)},
      {"phones", "Phone charges", SignificantText(row.phone_charges),
       Concat(SignificantText(phone.grams_co2), " g CO₂ each"), std::string(phone.source)},
      {"car", "By car", QuantityText(row.car_km * 1000, "m"),
       Concat(SignificantText(car.grams_co2), " g CO₂ a km"), std::string(car.source)},
  };
}

void DrawAmount(const Look& look, const Amount& amount, ImVec2 size) {
  const Palette& palette = look.palette();
  BeginFixedCard(look, amount.id, size);
  const float inner = ImGui::GetContentRegionAvail().x;
  Say(look.fonts.strong, palette.muted, amount.name);
  Say(look.fonts.figure, palette.text, amount.value);
  SayFitted(look, look.fonts.small, palette.faint, amount.note, inner);
  EndCard();
  if (ImGui::IsItemHovered()) Hint(look, Concat("Source: ", amount.source));
}

void DrawSlider(const Look& look, FleetState& state) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  const std::string runs = Concat(CountText(RunsOf(state.exponent)), " runs a year");
  Say(look.fonts.strong, palette.text, runs);
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleVar(ImGuiStyleVar_GrabMinSize, look.Px(28));
  ImGui::SliderFloat("##runs", &state.exponent, kLeast, kMost, "", ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopStyleVar();
  Hint(look, "Drag, or select with Tab and use the arrow keys; Ctrl+click to type an exponent.");
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const char* const names[] = {"1,000", "10,000", "100,000", "1,000,000"};
  for (int i = 0; i < 4; ++i) {
    const float text = WidthOf(look.fonts.small, names[i]);
    const float x = std::clamp(width * static_cast<float>(i) / 3 - text / 2, 0.0f, width - text);
    DrawText(ImGui::GetWindowDrawList(), look.fonts.small, {at.x + x, at.y}, palette.faint,
             names[i]);
  }
  ImGui::Dummy({width, look.fonts.small->FontSize});
}

void DrawTable(const Look& look, const Comparison& comparison) {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_SizingStretchSame;
  if (!ImGui::BeginTable("fleet", 6, kFlags)) return;
  const Palette& palette = look.palette();
  ImGui::TableNextRow();
  for (const char* title : {"Runs a year", "Energy", "CO₂", "Money", "Phone charges", "By car"}) {
    ImGui::TableNextColumn();
    Say(look.fonts.small, palette.faint, title);
  }
  for (const FleetRow& row : comparison.fleet) {
    ImGui::TableNextRow();
    const std::string cells[] = {CountText(row.runs_per_year),
                                 EnergyOf(row.kwh),
                                 CarbonText(GramsCo2(row.co2_kg * 1000)),
                                 MoneyText(row.cost),
                                 SignificantText(row.phone_charges),
                                 QuantityText(row.car_km * 1000, "m")};
    for (const std::string& cell : cells) {
      ImGui::TableNextColumn();
      Say(look.fonts.body, palette.text, cell);
    }
  }
  ImGui::EndTable();
}

// The longer the schedule, the more the same stop saves.
void DrawSchedules(const Look& look, const Comparison& comparison) {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_SizingStretchSame;
  if (!ImGui::BeginTable("schedules", 4, kFlags)) return;
  const Palette& palette = look.palette();
  ImGui::TableNextRow();
  for (const char* title : {"Schedule", "Steps", "Energy saved", "Measured on"}) {
    ImGui::TableNextColumn();
    Say(look.fonts.small, palette.faint, title);
  }
  const auto add = [&](const std::string& policy, int64_t steps, std::optional<double> share,
                       const std::string& measured) {
    ImGui::TableNextRow();
    for (const std::string& cell :
         {policy, CountText(steps), share ? PercentText(*share, 1) : std::string("–"), measured}) {
      ImGui::TableNextColumn();
      Say(look.fonts.body, palette.text, cell);
    }
  };
  add(comparison.budget_policy, comparison.usual.steps, comparison.saved->share, "this comparison");
  for (const Recut& recut : comparison.recuts) {
    if (recut.policy == comparison.budget_policy) continue;
    add(recut.policy, recut.max_steps, recut.share,
        recut.is_extrapolated ? "extrapolated from this run" : "this run");
  }
  ImGui::EndTable();
}

}  // namespace

void DrawFleetView(const Screen& screen, FleetState& state, Intents&) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const Comparison* comparison = screen.model.shown_comparison();
  if (comparison == nullptr || !comparison->saved) {
    return EmptyState(
        look, "Nothing saved yet",
        "Finish a comparison (1) in which the rule stops the run. This page then shows "
        "what the same saving means for a year of runs.");
  }
  const Saving& saved = *comparison->saved;
  const FootprintFactors& factors = comparison->usual.factors;
  const int64_t runs = RunsOf(state.exponent);
  const FleetRow row = FleetOf(saved.gross, saved.low, saved.high, runs, factors);
  SayWrapped(look.fonts.title, palette.text,
             Concat("Stopping ", CountText(runs), " such runs a year in time saves ",
                    EnergyOf(row.kwh), "."));
  SayWrapped(look.fonts.body, palette.muted,
             Concat("One run saves ", EnergyText(saved.gross), ", ", PercentText(saved.share, 1),
                    " of its energy: ", SpecText(comparison->spec), ", against the ",
                    comparison->budget_policy, " schedule."));
  BeginFixedCard(look, "slider", {0, look.Px(104)});
  DrawSlider(look, state);
  EndCard();
  const std::vector<Amount> amounts = AmountsOf(row, factors);
  const float gap = look.Px(spacing::kMedium);
  const float room = ImGui::GetContentRegionAvail().x;
  const int columns = room < look.Px(620) ? 2 : room < look.Px(900) ? 3 : 5;
  const float width = std::floor((room - gap * static_cast<float>(columns - 1)) / columns);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {gap, gap});
  for (size_t i = 0; i < amounts.size(); ++i) {
    if (i % columns != 0) ImGui::SameLine();
    DrawAmount(look, amounts[i], {width, look.Px(104)});
  }
  ImGui::PopStyleVar();
  BeginCard(look, "table", {0, look.Px(178)});
  Say(look.fonts.strong, palette.text, "From a thousand to a million runs");
  DrawTable(look, *comparison);
  EndCard();
  const auto rows = static_cast<float>(comparison->recuts.size()) + 1;
  BeginCard(look, "schedules", {0, look.Px(78 + 25 * rows)});
  Say(look.fonts.strong, palette.text, "One run, against each schedule");
  DrawSchedules(look, *comparison);
  EndCard();
  SayWrapped(look.fonts.small, palette.faint,
             "Point at a figure for its source. The figures are calculated, not measured on other "
             "machines: this run's saving, times the number of runs.");
}

}  // namespace powerdown
