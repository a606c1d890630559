#include "client/cli/terminal/live_bills.h"

#include <algorithm>
#include <cmath>

#include "client/cli/terminal/chart.h"
#include "client/model/bills.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int kNameWidth = 8;
constexpr int kAmountWidth = 11;
constexpr int kMoneyWidth = 15;  // "  0.0000007 EUR"
constexpr int kBarGap = 2;

// The energy of the usual run at its end, if it goes on as so far. This is the bars' full length.
double FullLength(const LiveScene& scene, Joules usual) {
  const int64_t step = scene.usual->last_step();
  if (!scene.end_step || step <= 0 || scene.has_ended) return usual.value();
  return usual.value() * std::max(1.0, static_cast<double>(*scene.end_step) / step);
}

// Below this width the column of CO2 is left out: it is the energy times a constant.
constexpr int kAllColumns = kNameWidth + 2 * kAmountWidth + kMoneyWidth;

std::string Amounts(std::string_view name, const Bill& bill, int width) {
  return Concat(PadRight(name, kNameWidth), PadLeft(EnergyText(bill.energy), kAmountWidth),
                width < kAllColumns ? "" : PadLeft(CarbonText(bill.carbon), kAmountWidth),
                PadLeft(MoneyText(bill.money), kMoneyWidth));
}

std::string NoAmounts(std::string_view name, std::string_view why, const Style& style) {
  return style.Paint(Ink::kFaint, Concat(PadRight(name, kNameWidth), PadLeft("–", kAmountWidth),
                                         std::string(kBarGap, ' '), why));
}

std::string Header(const LiveScene& scene, int width, const Style& style) {
  std::string header = Concat(std::string(kNameWidth, ' '), PadLeft("energy", kAmountWidth),
                              width < kAllColumns ? "" : PadLeft("CO2", kAmountWidth),
                              PadLeft("money", kMoneyWidth));
  if (!scene.energy_label.empty()) {
    header += Concat(std::string(kBarGap, ' '), scene.energy_label);
  }
  return style.Paint(Ink::kFaint, header);
}

}  // namespace

std::vector<std::string> LiveBills(const LiveScene& scene, int width, const Style& style) {
  const Bills bills = scene.ended != nullptr
                          ? BillsOf(*scene.ended, *scene.usual, scene.stopped)
                          : BillsSoFar(*scene.usual, scene.stopped,
                                       StopStepOf(*scene.usual, scene.stopped), scene.factors);
  if (!bills.usual || bills.usual->energy.value() <= 0) {
    return {Concat("energy ", style.Paint(Ink::kFaint, "not measured yet"))};
  }
  std::vector<std::string> lines = {Header(scene, width, style)};
  if (!scene.is_comparison) {
    lines.push_back(Amounts("so far", *bills.usual, width));
    return lines;
  }
  const int columns = std::max(0, width - kNameWidth - 2 * kAmountWidth - kMoneyWidth - kBarGap);
  const double full = FullLength(scene, bills.usual->energy);
  const std::string gap(kBarGap, ' ');
  const double stopped = (bills.stopped ? bills.stopped : bills.usual)->energy.value();
  const int useful = static_cast<int>(std::lround(stopped / full * columns));
  const int all = static_cast<int>(std::lround(bills.usual->energy.value() / full * columns));
  lines.push_back(Concat(Amounts("usual", *bills.usual, width), gap,
                         style.Paint(Ink::kValidation, Repeat("█", std::min(useful, all))),
                         style.Paint(Ink::kWaste, Repeat("░", std::max(0, all - useful)))));
  lines.push_back(bills.stopped
                      ? Concat(Amounts("stopped", *bills.stopped, width), gap,
                               style.Paint(Ink::kValidation, Bar(stopped / full, columns)))
                      : NoAmounts("stopped", "not known yet", style));
  if (!bills.saved) {
    lines.push_back(NoAmounts("saved", "nothing yet: still learning", style));
    return lines;
  }
  lines.push_back(style.Paint(
      Ink::kGood, Concat(Amounts("saved", *bills.saved, width), gap, PercentText(*bills.share),
                         scene.has_ended ? " of the energy" : " so far")));
  return lines;
}

}  // namespace powerdown
