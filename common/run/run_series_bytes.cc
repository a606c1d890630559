#include <cstring>
#include <type_traits>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/run/run_series.h"

namespace powerdown {
namespace {

// Grows with every change of what follows it, of SeriesBucket and of the metrics.
constexpr int64_t kSeriesVersion = 1;
constexpr size_t kMostSeriesBytes =
    kMetrics * (SeriesPyramid::kMostBuckets * sizeof(SeriesBucket) + 64) + 64;

static_assert(std::is_trivially_copyable_v<SeriesBucket>);

template <typename T>
void PutValues(const T* values, size_t count, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// Takes values off the front; false if there are not so many.
template <typename T>
bool TakeValues(std::string_view& bytes, T* values, size_t count) {
  if (count > bytes.size() / sizeof(T)) return false;
  if (count == 0) return true;  // of nothing, the addresses may be null
  std::memcpy(values, bytes.data(), count * sizeof(T));
  bytes.remove_prefix(count * sizeof(T));
  return true;
}

absl::Status NoSeries() {
  return absl::DataLossError("kept curves cannot be read");
}

}  // namespace

absl::StatusOr<std::string> RunSeries::ToBytes() const {
  std::string bytes;
  const int64_t head[] = {kSeriesVersion, attempt_, absl::ToUnixMicros(last_time_)};
  PutValues(head, std::size(head), bytes);
  PutValues(&trained_seconds_, 1, bytes);
  for (const SeriesPyramid& curve : curves_) {
    const std::vector<SeriesBucket>& finest = curve.finest();
    const int64_t size[] = {curve.points_per_bucket(), static_cast<int64_t>(finest.size())};
    PutValues(size, std::size(size), bytes);
    PutValues(finest.data(), finest.size(), bytes);
  }
  return Compress(bytes, kFast);
}

absl::StatusOr<RunSeries> RunSeries::FromBytes(std::string_view packed) {
  ASSIGN_OR_RETURN(const std::string content, Decompress(packed, kMostSeriesBytes));
  std::string_view bytes = content;
  RunSeries series;
  int64_t head[3] = {};
  if (!TakeValues(bytes, head, std::size(head)) || head[0] != kSeriesVersion) return NoSeries();
  series.attempt_ = head[1];
  series.last_time_ = absl::FromUnixMicros(head[2]);
  if (!TakeValues(bytes, &series.trained_seconds_, 1)) return NoSeries();
  for (SeriesPyramid& curve : series.curves_) {
    int64_t size[2] = {};
    if (!TakeValues(bytes, size, std::size(size))) return NoSeries();
    if (size[1] < 0 || size[1] > static_cast<int64_t>(SeriesPyramid::kMostBuckets)) {
      return NoSeries();
    }
    std::vector<SeriesBucket> finest(static_cast<size_t>(size[1]));
    if (!TakeValues(bytes, finest.data(), finest.size())) return NoSeries();
    if (!curve.SetFinest(std::move(finest), size[0])) return NoSeries();
  }
  if (!bytes.empty()) return NoSeries();
  return series;
}

}  // namespace powerdown
