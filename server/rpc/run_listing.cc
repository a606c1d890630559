#include "server/rpc/run_listing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_spec.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

constexpr int64_t kDefaultPageSize = 50;
constexpr int64_t kLargestPageSize = 1000;
constexpr absl::string_view kTokenPrefix = "after:";

absl::Status BadFilter(absl::string_view filter) {
  return absl::InvalidArgumentError(
      absl::StrCat("filter: value is `", filter,
                   "`; allowed: state, owner, tag, origin = \"any\" or a field of the spec, each = "
                   "\"…\", joined by AND"));
}

void SkipSpace(absl::string_view& text) {
  text = absl::StripLeadingAsciiWhitespace(text);
}

// Takes letters and '_' off the front.
absl::string_view TakeWord(absl::string_view& text) {
  SkipSpace(text);
  size_t length = 0;
  while (length < text.size() && (absl::ascii_isalpha(text[length]) || text[length] == '_')) {
    ++length;
  }
  const absl::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

// Takes a quoted text, or a bare word up to the next space, off the front.
bool TakeValue(absl::string_view& text, std::string& value) {
  SkipSpace(text);
  const bool is_quoted = absl::ConsumePrefix(&text, "\"");
  const size_t end = is_quoted ? text.find('"') : std::min(text.find(' '), text.size());
  if (end == absl::string_view::npos || (end == 0 && !is_quoted)) return false;
  value = std::string(text.substr(0, end));
  text.remove_prefix(end + (is_quoted ? 1 : 0));
  return true;
}

absl::Status SetCondition(absl::string_view field, const std::string& value,
                          absl::string_view whole, RunFilter& filter) {
  if (field == "owner") {
    filter.owner = value;
  } else if (field == "tag") {
    filter.tag = value;
  } else if (field == "state") {
    ASSIGN_OR_RETURN(filter.state, ParseNamed<RunState>(value));
  } else if (field == "origin" && value == "any") {
    filter.has_all_origins = true;
  } else if (const SpecField* of_spec = FindSpecField(StdView(field))) {
    filter.spec.emplace_back(of_spec->name, value);
  } else {
    return BadFilter(whole);
  }
  return absl::OkStatus();
}

absl::Status ReadConditions(absl::string_view whole, RunFilter& filter) {
  absl::string_view rest = whole;
  SkipSpace(rest);
  while (!rest.empty()) {
    const absl::string_view field = TakeWord(rest);
    SkipSpace(rest);
    std::string value;
    if (!absl::ConsumePrefix(&rest, "=") || !TakeValue(rest, value)) return BadFilter(whole);
    RETURN_IF_ERROR(SetCondition(field, value, whole, filter));
    SkipSpace(rest);
    if (rest.empty()) break;
    if (TakeWord(rest) != "AND") return BadFilter(whole);
    SkipSpace(rest);
    if (rest.empty()) return BadFilter(whole);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPageToken(const std::string& token) {
  std::string text;
  absl::string_view run_id;
  if (absl::WebSafeBase64Unescape(token, &text)) run_id = text;
  if (!absl::ConsumePrefix(&run_id, kTokenPrefix) || !IsIdPrefix(std::string(run_id))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "page_token: value is `", token, "`; allowed: the next_page_token of an earlier answer"));
  }
  return std::string(run_id);
}

}  // namespace

absl::StatusOr<int64_t> PageSize(int32_t requested) {
  if (requested < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("page_size: value is ", requested, "; allowed: 0 (for ", kDefaultPageSize,
                     ") or more; at most ", kLargestPageSize, " are returned"));
  }
  return requested == 0 ? kDefaultPageSize : std::min<int64_t>(requested, kLargestPageSize);
}

absl::StatusOr<RunFilter> ReadListing(const v1::ListRunsRequest& request) {
  RunFilter filter;
  ASSIGN_OR_RETURN(filter.limit, PageSize(request.page_size()));
  if (!request.order_by().empty() && request.order_by() != "created_at desc") {
    return absl::InvalidArgumentError(
        absl::StrCat("order_by: value is `", request.order_by(), "`; allowed: created_at desc"));
  }
  RETURN_IF_ERROR(ReadConditions(request.filter(), filter));
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(filter.before_run_id, ReadPageToken(request.page_token()));
  }
  return filter;
}

size_t AddRuns(std::span<const Run> runs, google::protobuf::RepeatedPtrField<v1::Run>& page) {
  size_t bytes = 0;
  size_t added = 0;
  for (const Run& run : runs) {
    v1::Run wire = ToWire(run);
    wire.mutable_spec()->clear_table();
    bytes += wire.ByteSizeLong();
    if (added > 0 && bytes > kMostPageBytes) break;
    *page.Add() = std::move(wire);
    ++added;
  }
  return added;
}

std::string PageTokenAfter(const std::string& run_id) {
  return absl::WebSafeBase64Escape(absl::StrCat(kTokenPrefix, run_id));
}

}  // namespace powerdown
