#include "client/cli/output.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

std::string CellOf(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) return "";
  return Printable(found->is_string() ? found->get<std::string>() : found->dump());
}

std::string TableOf(const std::vector<Json>& objects, const std::vector<std::string>& keys,
                    const Style& style) {
  TextTable table;
  for (const std::string& key : keys) table.AddColumn(absl::StrReplaceAll(key, {{"_", " "}}));
  for (const Json& object : objects) {
    std::vector<std::string> cells;
    for (const std::string& key : keys) cells.push_back(CellOf(object, key));
    table.AddRow(std::move(cells));
  }
  return table.Text(style);
}

}  // namespace

absl::Status Print(Console& console, const Answer& answer) {
  switch (console.format()) {
    case OutputFormat::kTable:
      return console.Write(answer.text(console.style()));
    case OutputFormat::kJson:
      return console.WriteJson(answer.is_list ? Json(answer.objects) : answer.objects.at(0));
    case OutputFormat::kJsonLines:
      for (const Json& object : answer.objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
      return absl::OkStatus();
    case OutputFormat::kCsv:
      return console.Write(CsvOf(answer.rows.value_or(answer.objects)));
  }
  return absl::OkStatus();
}

absl::Status PrintObject(Console& console, const Json& object, const TextFor& text) {
  return Print(console, {.objects = {object}, .text = text});
}

absl::Status PrintObject(Console& console, const Json& object, const std::string& line) {
  return PrintObject(console, object, [&](const Style&) { return line + "\n"; });
}

absl::Status PrintList(Console& console, const std::vector<Json>& objects, const TextFor& text) {
  return Print(console, {.objects = objects, .is_list = true, .text = text});
}

absl::Status PrintOneOrMore(Console& console, const std::vector<Json>& objects,
                            const TextFor& text) {
  return Print(console, {.objects = objects, .is_list = objects.size() != 1, .text = text});
}

absl::Status PrintTable(Console& console, const std::vector<Json>& objects,
                        const std::vector<std::string>& keys) {
  return PrintList(console, objects,
                   [&](const Style& style) { return TableOf(objects, keys, style); });
}

absl::Status WriteNamedFile(const std::string& path, std::string_view content) {
  const absl::Status written = WriteFile(path, content);
  if (!absl::IsUnavailable(written)) return written;
  return absl::FailedPreconditionError(written.message());
}

RowPrinter::RowPrinter(Console& console, OutputFormat format, std::vector<std::string> columns)
    : console_(console), format_(format), columns_(std::move(columns)) {}

absl::Status RowPrinter::Begin() {
  return format_ == OutputFormat::kCsv ? console_.Write(CsvHeader(columns_)) : absl::OkStatus();
}

absl::Status RowPrinter::Print(const Json& row) {
  switch (format_) {
    case OutputFormat::kTable:
      return absl::OkStatus();
    case OutputFormat::kJson:
      kept_.push_back(row);
      return absl::OkStatus();
    case OutputFormat::kJsonLines:
      return console_.WriteJsonLine(row);
    case OutputFormat::kCsv:
      return console_.Write(CsvRow(columns_, row));
  }
  return absl::OkStatus();
}

absl::Status RowPrinter::End() {
  return format_ == OutputFormat::kJson ? console_.WriteJson(Json(kept_)) : absl::OkStatus();
}

}  // namespace powerdown
