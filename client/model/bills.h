// The two bills of a comparison, while it runs and after it: what training usual and stopped used,
// and the difference. Pure.
#pragma once

#include <optional>

#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

// Energy with what it means; low..high is its band.
struct Bill {
  Joules energy;
  std::optional<Joules> low;
  std::optional<Joules> high;
  GramsCo2 carbon;
  Money money;
};

struct Bills {
  std::optional<Bill> usual;
  std::optional<Bill> stopped;
  std::optional<Bill> saved;  // absent until the rule has stopped
  std::optional<double> share;
  bool is_final = false;  // the daemon's own figures, else from the reports so far
};

// `stopped` is the trace of a parallel comparison's second run; null when it is a prefix.
Bills BillsOf(const Comparison& comparison, const RunTrace& usual, const RunTrace* stopped);

// The step where the stopped run ends or has ended, if it has.
std::optional<int64_t> StopStepOf(const Comparison& comparison, const RunTrace& usual,
                                  const RunTrace* stopped);

}  // namespace powerdown
