#include "server/meter/powermetrics_meter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

// Samples are to come every half second; a text sample is complete only when the next begins.
constexpr absl::Duration kLag = absl::Seconds(1);
constexpr absl::Duration kMostBehind = absl::Seconds(3);

// Estimates of the chip alone (man powermetrics), as IOReport's.
MeterDescription Describe() {
  return {.meter = "powermetrics",
          .device = "system",
          .source = "powermetrics",
          .relative_band = 0.25,
          .most_power = Watts(500),
          .lag = kLag};
}

std::string Because(const std::string& path) {
  return absl::StrCat(path, ": ", std::strerror(errno));
}

}  // namespace

PowermetricsMeter::PowermetricsMeter(std::string path, int file, Instant now)
    : path_(std::move(path)),
      file_(file),
      description_(Describe()),
      grown_at_(now.monotonic),
      covered_until_(now.monotonic) {}

PowermetricsMeter::~PowermetricsMeter() {
  close(file_);
}

absl::StatusOr<std::unique_ptr<PowermetricsMeter>> PowermetricsMeter::Open(const std::string& path,
                                                                           Instant now) {
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return absl::UnavailableError(Because(path));
  lseek(file, 0, SEEK_END);  // a FIFO has no end to go to
  return std::unique_ptr<PowermetricsMeter>(new PowermetricsMeter(path, file, now));
}

// Reads what was written since.
absl::Status PowermetricsMeter::Take(PowerReading& reading, Instant now) {
  struct stat state = {};
  if (fstat(file_, &state) != 0) return absl::UnavailableError(Because(path_));
  const off_t at = lseek(file_, 0, SEEK_CUR);
  if (S_ISREG(state.st_mode) && state.st_size < at) {
    lseek(file_, 0, SEEK_SET);  // it was begun anew
    reader_ = PowermetricsReader();
    reading.has_restarted = true;
  }
  char piece[16384];
  for (;;) {
    const ssize_t size = read(file_, piece, sizeof piece);
    if (size < 0 && errno != EAGAIN) return absl::UnavailableError(Because(path_));
    if (size <= 0) return absl::OkStatus();
    for (const PowermetricsSample& sample : reader_.Feed({piece, static_cast<size_t>(size)})) {
      counter_ += *sample.total() * sample.elapsed;
      covered_until_ = std::min(covered_until_ + sample.elapsed, now.monotonic);
      grown_at_ = now.monotonic;
    }
  }
}

absl::StatusOr<PowerReading> PowermetricsMeter::Read(Instant now) {
  PowerReading reading;
  RETURN_IF_ERROR(Take(reading, now));
  if (now.monotonic - grown_at_ > 2 * kLag) {
    return absl::UnavailableError(absl::StrCat(path_, " has no new sample"));
  }
  if (now.monotonic - covered_until_ > kMostBehind) {
    covered_until_ = now.monotonic;
    reading.has_restarted = true;
  }
  reading.counter = counter_;
  return reading;
}

}  // namespace powerdown
