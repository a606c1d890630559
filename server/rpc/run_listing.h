// What ListRuns asks for, read and checked: page size and token, filter, order. Pure.
#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "powerdown/v1/run_service.pb.h"
#include "server/store/run_table.h"

namespace powerdown {

// 0 gives 50; at most 1000; negative is InvalidArgument.
absl::StatusOr<int64_t> PageSize(int32_t requested);

// InvalidArgument names the field, its value and what is allowed. `filter` knows state, owner and
// tag, each with = and joined by AND.
absl::StatusOr<RunFilter> ReadListing(const v1::ListRunsRequest& request);

// A message of a list ends after the run that fills it: far below what any client takes, which is
// 4 MB where it sets nothing. The texts of one run, its attempts among them, are less than this.
inline constexpr size_t kMostPageBytes = size_t{2} << 20;
// Adds the first of `runs`, without their data sets, which only GetRun has: as many as fit, at
// least one. Returns how many.
size_t AddRuns(std::span<const Run> runs, google::protobuf::RepeatedPtrField<v1::Run>& page);

// The opaque token of the page that begins after this run.
std::string PageTokenAfter(const std::string& run_id);

}  // namespace powerdown
