// TensorBoard's event files: records (TFRecord) that hold one Event each, of which the scalars are
// read. Takes a file in any pieces, as it grows. Not thread-safe; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

// Of one record. Scalars take under 1 KiB; longer records hold images, graphs and histograms, which
// are passed over without being kept in memory.
inline constexpr size_t kMostEventBytes = size_t{1} << 20;

struct EventScalar {
  std::string tag;
  double value = 0;
};
struct LogEvent {
  double wall_time = 0;  // seconds since 1970; 0: the event has none
  int64_t step = 0;
  std::vector<EventScalar> scalars;
};
using TakeEvent = std::function<void(const LogEvent&)>;

// One Event (TensorFlow) in protobuf's wire format. Scalars are those that
// SummaryWriter, Keras and tf.summary.scalar write: simple_value, or a tensor of one number.
// InvalidArgument: these bytes are no message.
absl::StatusOr<LogEvent> ParseEvent(std::string_view bytes);

// Whether a file begins as an event file does: with a short record and its right checksum.
bool IsEventFile(std::string_view bytes);

class EventFileReader {
 public:
  explicit EventFileReader(std::string file_name) : file_name_(std::move(file_name)) {}

  // Calls `take` with each event that `bytes` completes and that has scalars. A record that is
  // damaged is counted and passed over. DataLoss names file and byte: a length is damaged, so that
  // nothing behind it can be found; the reader takes no more then.
  absl::Status Push(std::string_view bytes, const TakeEvent& take);

  int64_t damaged_records() const { return damaged_records_; }
  bool is_cut_off() const { return taken_ > 0; }  // within a record: its rest is not written yet

 private:
  absl::Status TakeHeader();
  void TakeRecord(const TakeEvent& take);

  std::string file_name_;
  absl::Status status_;
  int64_t offset_ = 0;     // of the record in the file
  uint64_t taken_ = 0;     // bytes of the record that came
  std::string kept_;       // its header, then its data unless they are too long
  uint64_t length_ = 0;    // of its data
  uint32_t checksum_ = 0;  // of its data so far
  std::string last_;       // its last four bytes: the checksum of its data
  int64_t damaged_records_ = 0;
};

}  // namespace powerdown
