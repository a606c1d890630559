#include "client/view/fleet_view.h"

#include <algorithm>
#include <cmath>

#include "client/model/phrases.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/projection.h"

namespace powerdown {
namespace {

// Powers of ten, of runs a year.
struct Range {
  int least;
  int most;
};
constexpr Range kMeasured{3, 6};
constexpr Range kProjected{0, 4};

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
  const double unit = std::max(1.0, std::pow(10.0, std::floor(std::log10(runs) + 1e-6) - 1));
  return std::llround(runs / unit) * static_cast<int64_t>(unit);
}

std::string EnergyOf(double kwh) {
  return QuantityText(kwh * 1000, "Wh");
}

const TrainingSize* TrainingOf(const FleetState& state) {
  const std::vector<TrainingSize>& published = PublishedTrainings();
  const bool is_published = state.training > 0 && state.training <= published.size();
  return is_published ? &published[state.training - 1] : nullptr;
}

// What each of the runs is: as measured, or one that somebody published.
void DrawTrainings(const Look& look, FleetState& state) {
  const auto name = [](const TrainingSize* training) {
    return training == nullptr ? std::string("Runs like this one, as measured")
                               : Concat("Projected: ", training->name, ", ",
                                        EnergyText(training->energy), " a run");
  };
  ImGui::SetNextItemWidth(std::min(look.Px(460), ImGui::GetContentRegionAvail().x));
  if (!ImGui::BeginCombo("##training", name(TrainingOf(state)).c_str())) return;
  for (size_t i = 0; i <= PublishedTrainings().size(); ++i) {
    FleetState other = state;
    other.training = i;
    if (ImGui::Selectable(name(TrainingOf(other)).c_str(), i == state.training)) {
      state.training = i;
    }
  }
  ImGui::EndCombo();
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

void DrawSlider(const Look& look, float& exponent, Range range) {
  const Palette& palette = look.palette();
  const float width = ImGui::GetContentRegionAvail().x;
  const int64_t runs = RunsOf(exponent);
  Say(look.fonts.strong, palette.text,
      Concat(CountText(runs), runs == 1 ? " run a year" : " runs a year"));
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleVar(ImGuiStyleVar_GrabMinSize, look.Px(28));
  ImGui::SliderFloat("##runs", &exponent, static_cast<float>(range.least),
                     static_cast<float>(range.most), "", ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopStyleVar();
  Hint(look, "Drag, or select with Tab and use the arrow keys; Ctrl+click to type an exponent.");
  const ImVec2 at = ImGui::GetCursorScreenPos();
  for (int power = range.least; power <= range.most; ++power) {
    const std::string name = CountText(RunsOf(static_cast<float>(power)));
    const float share =
        static_cast<float>(power - range.least) / static_cast<float>(range.most - range.least);
    const float text = WidthOf(look.fonts.small, name);
    const float x = std::clamp(width * share - text / 2, 0.0f, width - text);
    DrawText(ImGui::GetWindowDrawList(), look.fonts.small, {at.x + x, at.y}, palette.faint, name);
  }
  ImGui::Dummy({width, look.fonts.small->FontSize});
}

void DrawTable(const Look& look, const std::vector<FleetRow>& rows) {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_SizingStretchSame;
  if (!ImGui::BeginTable("fleet", 6, kFlags)) return;
  const Palette& palette = look.palette();
  ImGui::TableNextRow();
  for (const char* title : {"Runs a year", "Energy", "CO₂", "Money", "Phone charges", "By car"}) {
    ImGui::TableNextColumn();
    Say(look.fonts.small, palette.faint, title);
  }
  for (const FleetRow& row : rows) {
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
  add(comparison.schedule_policy, comparison.usual.steps, comparison.saved->share,
      "this comparison");
  for (const Recut& recut : comparison.recuts) {
    if (recut.policy == comparison.schedule_policy) continue;
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
  const TrainingSize* const training = TrainingOf(state);
  const Joules gross = comparison->usual.energy ? comparison->usual.energy->gross : Joules(0);
  const SavedShare share =
      ShareOf(saved.gross, saved.low, saved.high, gross).value_or(SavedShare());
  const auto fleet_of = [&](int64_t runs) {
    return training == nullptr ? FleetOf(saved.gross, saved.low, saved.high, runs, factors)
                               : ProjectedFleet(share, *training, runs, factors);
  };
  float& exponent = training == nullptr ? state.exponent : state.projected_exponent;
  const int64_t runs = RunsOf(exponent);
  const FleetRow row = fleet_of(runs);
  const std::string_view what = training == nullptr ? "such " : "";
  const std::string_view would = training == nullptr ? "in time saves " : "in time would save ";
  SayWrapped(look.fonts.title, palette.text,
             Concat("Stopping ", CountText(runs), " ", what, runs == 1 ? "run" : "runs", " a year ",
                    would, EnergyOf(row.kwh), "."));
  SayWrapped(look.fonts.body, palette.muted,
             Concat("One run saves ", EnergyText(saved.gross), ", ", PercentText(saved.share, 1),
                    " of its energy: ", SpecText(comparison->spec), ", against the ",
                    comparison->schedule_policy, " schedule."));
  DrawTrainings(look, state);
  if (training != nullptr) {
    SayWrapped(look.fonts.body, palette.muted, ProjectionText(share, *training));
  }
  BeginFixedCard(look, "slider", {0, look.Px(104)});
  DrawSlider(look, exponent, training == nullptr ? kMeasured : kProjected);
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
  std::vector<FleetRow> rows;
  for (const int64_t size : training == nullptr ? FleetSizes() : ProjectedFleetSizes()) {
    rows.push_back(fleet_of(size));
  }
  BeginCard(look, "table", {0, look.Px(178)});
  Say(look.fonts.strong, palette.text,
      training == nullptr ? "From a thousand to a million runs"
                          : "From one to a thousand runs, projected");
  DrawTable(look, rows);
  EndCard();
  const auto schedules = static_cast<float>(comparison->recuts.size()) + 1;
  BeginCard(look, "schedules", {0, look.Px(78 + 25 * schedules)});
  Say(look.fonts.strong, palette.text, "One run, against each schedule");
  DrawSchedules(look, *comparison);
  EndCard();
  SayWrapped(look.fonts.small, palette.faint,
             "Point at a figure for its source. The figures are calculated, not measured on other "
             "machines: this run's saving, times the number of runs.");
}

}  // namespace powerdown
