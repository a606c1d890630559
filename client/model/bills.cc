#include "client/model/bills.h"

namespace powerdown {
namespace {

Bill MakeBill(Joules energy, const FootprintFactors& factors) {
  return {.energy = energy, .carbon = CarbonOf(energy, factors), .money = CostOf(energy, factors)};
}

std::optional<Bill> OfRun(const Run& run) {
  if (!run.energy) return std::nullopt;
  Bill bill = MakeBill(run.energy->gross, run.factors);
  bill.low = run.energy->low;
  bill.high = run.energy->high;
  if (run.co2) bill.carbon = *run.co2;
  if (run.cost) bill.money = *run.cost;
  return bill;
}

Bills FinalBills(const Comparison& comparison) {
  Bills bills;
  bills.is_final = true;
  bills.usual = OfRun(comparison.usual);
  bills.stopped = OfRun(comparison.stopped);
  if (const std::optional<Saving>& saved = comparison.saved) {
    bills.saved = Bill{saved->gross, saved->low, saved->high, saved->co2, saved->cost};
    bills.share = saved->share;
  }
  return bills;
}

}  // namespace

std::optional<int64_t> StopStepOf(const Comparison& comparison, const RunTrace& usual,
                                  const RunTrace* stopped) {
  if (stopped != nullptr && stopped->curve().stop_step()) return stopped->curve().stop_step();
  if (stopped == nullptr && usual.curve().stop_step()) return usual.curve().stop_step();
  if (comparison.usual.stop) return comparison.usual.stop->step;
  if (comparison.stopped.stop) return comparison.stopped.stop->step;
  return std::nullopt;
}

Bills BillsOf(const Comparison& comparison, const RunTrace& usual, const RunTrace* stopped) {
  if (comparison.has_ended) return FinalBills(comparison);
  Bills bills;
  const FootprintFactors& factors = comparison.usual.factors;
  const std::optional<Joules> spent = usual.Energy();
  if (!spent) return bills;
  bills.usual = MakeBill(*spent, factors);
  const std::optional<int64_t> stop = StopStepOf(comparison, usual, stopped);
  const std::optional<Joules> useful = stopped != nullptr ? stopped->Energy()
                                       : stop             ? usual.EnergyAt(*stop)
                                                          : spent;
  if (!useful) return bills;
  bills.stopped = MakeBill(*useful, factors);
  if (!stop || *useful >= *spent) return bills;
  bills.saved = MakeBill(*spent - *useful, factors);
  bills.share = (*spent - *useful) / *spent;
  return bills;
}

}  // namespace powerdown
