// Reads what macOS's `powermetrics` prints, as text or as plist (-f plist), in pieces of any size.
// Pure; not thread-safe.
//
// Energy is power times the elapsed time that each sample states: asked for 100 ms, powermetrics
// takes 107.9 (traced by vladkens/macmon), so the period that was asked for is never used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

struct PowermetricsSample {
  absl::Duration elapsed;
  std::optional<Watts> cpu;
  std::optional<Watts> gpu;
  std::optional<Watts> ane;
  std::optional<Watts> dram;
  std::optional<Watts> package;  // "Package Power", "Combined Power", or Intel's derived one
  // The package if the sample has it, else the sum of the parts; nullopt if it has none of them.
  std::optional<Watts> total() const;
  bool operator==(const PowermetricsSample&) const = default;
};

class PowermetricsReader {
 public:
  // The samples that `bytes` completes. A text sample ends where the next begins; a plist ends at
  // its </plist>. Damaged text and text without an elapsed time is skipped and counted.
  std::vector<PowermetricsSample> Feed(std::string_view bytes);
  // The last text sample, once there is nothing more to come.
  std::optional<PowermetricsSample> Finish();
  int64_t damaged() const { return damaged_; }  // so far

 private:
  void TakeLine(std::string_view line, std::vector<PowermetricsSample>& samples);
  void TakePlist(std::string_view document, std::vector<PowermetricsSample>& samples);

  std::string pending_;  // an incomplete line or document
  std::optional<PowermetricsSample> text_sample_;
  int64_t damaged_ = 0;
};

}  // namespace powerdown
