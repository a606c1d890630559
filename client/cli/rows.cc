#include "client/cli/rows.h"

#include "absl/strings/str_replace.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

std::string CellText(const Json& row, const std::string& key) {
  const auto found = row.find(key);
  if (found == row.end()) return "";
  return Printable(found->is_string() ? found->get<std::string>() : found->dump());
}

std::string TableOf(const std::vector<Json>& rows, const std::vector<std::string>& keys,
                    const Style& style) {
  TextTable table;
  for (const std::string& key : keys) {
    table.AddColumn(absl::StrReplaceAll(key, {{"_", " "}}));
  }
  for (const Json& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& key : keys) cells.push_back(CellText(row, key));
    table.AddRow(std::move(cells));
  }
  return table.Text(style);
}

}  // namespace

absl::StatusOr<ExitCode> WriteRows(Session& session, const std::vector<Json>& rows,
                                   const std::vector<std::string>& keys) {
  Console& console = session.console();
  switch (session.output()) {
    case OutputFormat::kTable:
      RETURN_IF_ERROR(console.Write(TableOf(rows, keys, console.style())));
      break;
    case OutputFormat::kJson:
      RETURN_IF_ERROR(console.WriteJson(Json(rows)));
      break;
    case OutputFormat::kJsonLines:
      for (const Json& row : rows) RETURN_IF_ERROR(console.WriteJsonLine(row));
      break;
    case OutputFormat::kCsv:
      RETURN_IF_ERROR(console.Write(CsvOf(rows)));
      break;
  }
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> WriteOne(Session& session, const Json& row, const std::string& text) {
  Console& console = session.console();
  if (session.output() == OutputFormat::kTable) {
    RETURN_IF_ERROR(console.Write(text + "\n"));
    return ExitCode::kDone;
  }
  if (session.output() == OutputFormat::kJson) {
    RETURN_IF_ERROR(console.WriteJson(row));
    return ExitCode::kDone;
  }
  return WriteRows(session, {row}, {});
}

}  // namespace powerdown
