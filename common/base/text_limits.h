// The one table of how long a text of others may be: of requests on the wire, of the command line
// before it is sent, and of what is imported. Fields have the name that they have in messages and
// in JSON. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "absl/status/status.h"

namespace powerdown {

struct TextLimit {
  std::string_view field;
  size_t most_bytes;        // of UTF-8
  size_t most_items = 1;    // of a list; each may have `most_bytes`
  bool may_be_cut = false;  // a remark of an imported run: a longer one is cut, not refused
};

// A page of lists, a notice and a line on a screen bear this much of any text that is not below.
inline constexpr size_t kMostTextBytes = 1000;
inline constexpr size_t kMostTextItems = 1000;

inline constexpr TextLimit kTextLimits[] = {
    {"name", 512},  // also what is made of a data set's file name (255 bytes) and the spec
    {"notes", 16384},
    {"tags", 600, 64},    // also "sweep:" and the name
    {"request_id", 128},  // a UUID has 36
    {"run_id", 64},       // ours have 26, a prefix fewer
    {"comparison_id", 64},
    {"checkpoint_id", 64},
    {"token_id", 64},
    {"filter", 4096},
    {"order_by", 100},
    {"page_token", 256},
    {"user", 32},
    {"role", 32},
    {"label", 100},  // of a token
    {"code", 64},    // of a pairing
    {"period", 16},
    {"budget", 64},
    {"schedule", 64},
    {"at", 64},
    {"questions", 1000, 1000},
    {"words", 32768, 1000},        // of a command: kMostCommandBytes, kMostCommandWords
    {"environment", 32768, 1000},  // of a command
    {"directory", 4096},
    {"reports", 4096, 16},  // where a command's reports come from
    {"metrics", 8192, 64},  // names, or those of a report as JSON
    {"task", 4096},         // a formula, or "table:" and a path
    {"table", 1 << 20},     // kMostTableBytes
    {"details", 16384},     // of an event, as JSON
    {"leans_on", 64, 100},
    {"sha256", 64},
    {"message", kMostTextBytes, 1, true},
    {"reason", kMostTextBytes, 1, true},
    {"state_reason", kMostTextBytes, 1, true},
    {"hardware", kMostTextBytes, 1, true},
    {"predictor", 64},
};

constexpr TextLimit TextLimitOf(std::string_view field) {
  const auto* const found =
      std::find_if(std::begin(kTextLimits), std::end(kTextLimits),
                   [&](const TextLimit& limit) { return limit.field == field; });
  return found == std::end(kTextLimits) ? TextLimit{field, kMostTextBytes, kMostTextItems} : *found;
}

// InvalidArgument, which names the field and what is allowed, if the text is longer than its limit
// or not UTF-8.
absl::Status CheckText(std::string_view field, std::string_view text);
absl::Status CheckItems(std::string_view field, size_t items);  // of a list

}  // namespace powerdown
