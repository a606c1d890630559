// What ListRuns asks for, read and checked: page size and token, filter, order. Pure.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "powerdown/v1/run_service.pb.h"
#include "server/store/run_table.h"

namespace powerdown {

// 0 gives 50; at most 1000; negative is InvalidArgument.
absl::StatusOr<int64_t> PageSize(int32_t requested);

// InvalidArgument names the field, its value and what is allowed. `filter` knows state, owner and
// tag, each with = and joined by AND.
absl::StatusOr<RunFilter> ReadListing(const v1::ListRunsRequest& request);

// A message of a list ends after the item that fills it: far below what any client takes, which is
// 4 MB where it sets nothing. The texts of one run, its attempts among them, are less than this.
inline constexpr size_t kMostPageBytes = size_t{2} << 20;
// Adds the first of `items`, as many as fit, at least one. Returns how many.
template <typename Items, typename Wire, typename Convert>
size_t FillPage(const Items& items, google::protobuf::RepeatedPtrField<Wire>& page,
                Convert convert) {
  size_t bytes = 0;
  size_t added = 0;
  for (const auto& item : items) {
    Wire wire = convert(item);
    bytes += wire.ByteSizeLong();
    if (added > 0 && bytes > kMostPageBytes) break;
    *page.Add() = std::move(wire);
    ++added;
  }
  return added;
}
// As a list shows it: without its data set, which only GetRun has.
v1::Run ListedRun(const Run& run);

// The opaque token of the page that begins after this run.
std::string PageTokenAfter(const std::string& run_id);

}  // namespace powerdown
