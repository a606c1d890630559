// The rows of a log as short texts, for tests of what reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.h"
#include "common/log/log_rows.h"

namespace powerdown {

// Each row as "name=text name=text"; the problem, if there is one, comes last.
inline std::vector<std::string> RowsOf(std::string_view text, bool* is_cut_off = nullptr) {
  std::vector<std::string> found;
  const auto rows = OpenLogRows(text, "log");
  if (!rows.ok()) return {std::string(rows.status().message())};
  const absl::Status status = (*rows)->ForEach([&](const std::vector<LogCell>& cells) {
    std::vector<std::string> parts;
    for (const LogCell& cell : cells) parts.push_back(Concat(cell.name, "=", cell.text));
    found.push_back(Join(parts, " "));
    return absl::OkStatus();
  });
  if (!status.ok()) found.emplace_back(status.message());
  if (is_cut_off != nullptr) *is_cut_off = (*rows)->is_cut_off();
  return found;
}

}  // namespace powerdown
