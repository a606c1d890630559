// Which name in a program's reports is which quantity, while the names still come one by one. As
// LogColumns::Choose decides for a whole log, of what is known so far. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/log/log_columns.h"
#include "server/runner/reports/warnings.h"

namespace powerdown {

// Of the metrics that a program reports beside those that we know. A table of a run with more is no
// longer read by people; and each is stored at every step.
inline constexpr size_t kMostExtraMetrics = 256;
inline constexpr size_t kMostMetricNameBytes = 128;

class LiveColumns {
 public:
  // What --column says: by our name, theirs. InvalidArgument: a name of ours that does not exist,
  // or one of theirs for two of ours.
  static absl::StatusOr<LiveColumns> Create(const std::map<std::string, std::string>& said);

  // Learns a name before the values of its row are asked for. A better name for a quantity takes
  // its place: "train_acc_epoch" that of "train_acc_step".
  void Learn(std::string_view name, Warnings& warnings);
  // The quantity whose values now come by this name.
  std::optional<LogField> FieldOf(std::string_view name) const;
  // Whether values of this name are kept as a metric of the program's own.
  bool IsExtra(std::string_view name) const;
  // Tells of columns that the user named and that never came.
  void WarnOfMissing(Warnings& warnings) const;

 private:
  struct Holder {
    std::string name;
    int rank = 0;
    bool is_said = false;
  };
  std::array<std::optional<Holder>, kLogFields> holders_;
  std::map<std::string, bool, std::less<>> extras_;      // by name: whether it is kept
  std::map<std::string, LogField, std::less<>> fields_;  // by name, each field's holder
  std::map<std::string, bool, std::less<>> said_;        // by their name: whether it came
  size_t kept_extras_ = 0;
  bool has_names_ = false;
};

}  // namespace powerdown
