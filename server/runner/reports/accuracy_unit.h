// Whether the accuracies that a program reports are fractions or percent, found out while they
// come: 0.9 may be nearly right or nearly never. What may be either waits, so that no rule and no
// forecast is told a wrong number. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "common/log/log_assembly.h"
#include "server/runner/reports/report_source.h"
#include "server/runner/reports/warnings.h"

namespace powerdown {

// Reports that wait for their unit. A log that is still not clear after so many is passed on
// without its accuracies.
inline constexpr size_t kMostHeldReports = 256;

class AccuracyUnit {
 public:
  // `is_percent`: what the user says. `is_likely_fraction`: what reports must be, unless a value
  // shows the contrary.
  AccuracyUnit(std::optional<bool> is_percent, bool is_likely_fraction)
      : is_said_(is_percent.has_value()), is_percent_(is_percent) {
    if (is_likely_fraction && !is_said_) is_percent_ = false;
  }
  // Percent signs were seen: what comes is divided by 100 already.
  void HasSigns() { is_percent_ = false; }

  // Adds to `ready` what is clear now, its accuracies as fractions, in order.
  void Take(ProgramReport report, std::deque<ProgramReport>& ready, Warnings& warnings);
  // What still waits, at the program's end.
  void Finish(std::deque<ProgramReport>& ready, Warnings& warnings);

 private:
  void Observe(const ProgramReport& report, Warnings& warnings);
  bool IsClear() const;
  void PassOn(ProgramReport report, std::deque<ProgramReport>& ready, Warnings& warnings);
  void PassOnHeld(std::deque<ProgramReport>& ready, Warnings& warnings);

  const bool is_said_;
  std::optional<bool> is_percent_;
  std::vector<LogStep> seen_;  // of the reports that wait, those with accuracies
  std::deque<ProgramReport> held_;
};

}  // namespace powerdown
