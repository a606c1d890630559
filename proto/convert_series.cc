#include <algorithm>

#include "proto/convert.h"

namespace powerdown {

v1::Series ToWire(Metric metric, const std::vector<SeriesBucket>& buckets) {
  v1::Series wire;
  wire.set_metric(std::string(Describe(metric).name));
  for (const SeriesBucket& bucket : buckets) {
    wire.add_first_step(bucket.first_x);
    wire.add_first(bucket.first);
  }
  const bool has_only_points =
      std::all_of(buckets.begin(), buckets.end(),
                  [](const SeriesBucket& bucket) { return bucket.points == 1; });
  if (has_only_points) return wire;
  for (const SeriesBucket& bucket : buckets) {
    wire.add_last_step(bucket.last_x);
    wire.add_last(bucket.last);
    wire.add_minimum(bucket.minimum);
    wire.add_maximum(bucket.maximum);
    wire.add_points(bucket.points);
    wire.add_not_finite(bucket.not_finite);
  }
  return wire;
}

std::vector<SeriesBucket> FromWire(const v1::Series& wire) {
  std::vector<SeriesBucket> buckets;
  const int size = std::min(wire.first_step_size(), wire.first_size());
  const bool has_more =
      std::min({wire.last_step_size(), wire.last_size(), wire.minimum_size(), wire.maximum_size(),
                wire.points_size(), wire.not_finite_size()}) == size;
  for (int i = 0; i < size; ++i) {
    SeriesBucket bucket = SeriesBucket::OfPoint(wire.first_step(i), wire.first(i));
    if (has_more) {
      bucket = {wire.first_step(i), wire.last_step(i), wire.first(i),  wire.last(i),
                wire.minimum(i),    wire.maximum(i),   wire.points(i), wire.not_finite(i)};
    }
    buckets.push_back(bucket);
  }
  return buckets;
}

}  // namespace powerdown
