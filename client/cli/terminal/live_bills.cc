#include "client/cli/terminal/live_bills.h"

#include <algorithm>
#include <cmath>

#include "client/cli/terminal/chart.h"
#include "client/model/phrases.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr int kNameWidth = 8;
constexpr int kAmountWidth = 11;
constexpr int kAmounts = 3;
constexpr int kBarGap = 2;

std::optional<Joules> StoppedEnergy(const LiveScene& scene) {
  if (scene.stopped != nullptr) return scene.stopped->Energy();
  const std::optional<int64_t> stop = scene.usual->stop_step();
  return stop ? scene.usual->EnergyAt(*stop) : scene.usual->Energy();
}

bool HasStopped(const LiveScene& scene) {
  if (scene.stopped != nullptr) return scene.stopped->stop_step() || scene.stopped->has_ended();
  return scene.usual->stop_step().has_value();
}

// The energy of the usual run at its end, if it goes on as so far. This is the bars' full length.
double FullLength(const LiveScene& scene, Joules usual) {
  const int64_t step = scene.usual->last_step();
  if (!scene.end_step || step <= 0 || scene.has_ended) return usual.value();
  return usual.value() * std::max(1.0, static_cast<double>(*scene.end_step) / step);
}

std::string Amounts(std::string_view name, Joules energy, const FootprintFactors& factors) {
  return Concat(PadRight(name, kNameWidth), PadLeft(EnergyText(energy), kAmountWidth),
                PadLeft(CarbonText(CarbonOf(energy, factors)), kAmountWidth),
                PadLeft(MoneyText(CostOf(energy, factors)), kAmountWidth));
}

std::string Header(const LiveScene& scene, const Style& style) {
  std::string header = Concat(std::string(kNameWidth, ' '), PadLeft("energy", kAmountWidth),
                              PadLeft("CO2", kAmountWidth), PadLeft("money", kAmountWidth));
  if (!scene.energy_label.empty()) {
    header += Concat(std::string(kBarGap, ' '), scene.energy_label);
  }
  return style.Paint(Ink::kFaint, header);
}

}  // namespace

std::vector<std::string> LiveBills(const LiveScene& scene, int width, const Style& style) {
  const std::optional<Joules> usual = scene.usual->Energy();
  if (!usual || usual->value() <= 0) {
    return {Concat("energy ", style.Paint(Ink::kFaint, "not measured yet"))};
  }
  std::vector<std::string> lines = {Header(scene, style)};
  if (!scene.is_comparison) {
    lines.push_back(Amounts("so far", *usual, scene.factors));
    return lines;
  }
  const Joules stopped = StoppedEnergy(scene).value_or(*usual);
  const int columns = std::max(0, width - kNameWidth - kAmounts * kAmountWidth - kBarGap);
  const double full = FullLength(scene, *usual);
  const std::string gap(kBarGap, ' ');
  const int useful = static_cast<int>(std::lround(stopped.value() / full * columns));
  const int all = static_cast<int>(std::lround(usual->value() / full * columns));
  lines.push_back(Concat(Amounts("usual", *usual, scene.factors), gap,
                         style.Paint(Ink::kValidation, Repeat("█", std::min(useful, all))),
                         style.Paint(Ink::kWaste, Repeat("░", std::max(0, all - useful)))));
  lines.push_back(Concat(Amounts("stopped", stopped, scene.factors), gap,
                         style.Paint(Ink::kValidation, Bar(stopped.value() / full, columns))));
  const Joules saved = *usual - stopped;
  if (!HasStopped(scene) || saved.value() <= 0) {
    lines.push_back(
        style.Paint(Ink::kFaint, Concat(PadRight("saved", kNameWidth), PadLeft("–", kAmountWidth),
                                        gap, "nothing yet: still learning")));
    return lines;
  }
  lines.push_back(style.Paint(Ink::kGood, Concat(Amounts("saved", saved, scene.factors), gap,
                                                 PercentText(saved / *usual, 0),
                                                 scene.has_ended ? " of the energy" : " so far")));
  return lines;
}

}  // namespace powerdown
