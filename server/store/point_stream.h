// All points of a run's curves from a revision on, in slices of some ten milliseconds, several read
// at a time: one core decodes two million rows a second, and a run may have more than that. For one
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/report_point.h"
#include "server/store/database_file.h"

namespace powerdown {

class PointStream {
 public:
  // Few megabytes, and some ten milliseconds of one reader.
  static constexpr int64_t kPointsASlice = 32768;

  // With one reader, slices are read by Next itself; else on threads of their own, ahead of it.
  PointStream(const DatabaseFile& file, std::string run_id, int64_t first, size_t readers)
      : file_(file), run_id_(std::move(run_id)), readers_(readers), next_(first) {}

  // The next slice, ascending by revision; empty after the last one.
  absl::StatusOr<std::vector<ReportPoint>> Next();

 private:
  using Slice = absl::StatusOr<std::vector<ReportPoint>>;
  absl::Status Begin();  // the next slice

  const DatabaseFile& file_;
  const std::string run_id_;
  const size_t readers_;
  int64_t next_;
  bool has_begun_all_ = false;
  std::deque<std::future<Slice>> slices_;  // under way, in their order
};

}  // namespace powerdown
