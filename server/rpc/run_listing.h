// What ListRuns asks for, read and checked: page size and token, filter, order. Pure.
#pragma once

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

// The opaque token of the page that begins after this run.
std::string PageTokenAfter(const std::string& run_id);

}  // namespace powerdown
