#include "client/cli/text/csv.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/csv_field.h"
#include "common/base/json.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

using Row = std::vector<std::pair<std::string, std::string>>;

std::string ValueText(const Json& value) {
  return value.is_string() ? value.get<std::string>() : JsonText(value);
}

void Flatten(const std::string& name, const Json& value, Row& row) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      Flatten(name.empty() ? key : Concat(name, ".", key), inner, row);
    }
    return;
  }
  if (!value.is_array()) {
    row.emplace_back(name, ValueText(value));
    return;
  }
  std::vector<std::string> texts;
  for (const Json& item : value) {
    if (item.is_structured()) return;
    texts.push_back(ValueText(item));
  }
  row.emplace_back(name, Join(texts, " "));
}

}  // namespace

std::string CsvOf(const std::vector<Json>& objects) {
  std::vector<std::string> columns;
  std::vector<std::map<std::string, std::string>> rows;
  for (const Json& object : objects) {
    Row row;
    Flatten("", object, row);
    rows.emplace_back(row.begin(), row.end());
    for (const auto& [name, value] : row) {
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
    }
  }
  std::string text = columns.empty() ? "" : CsvHeader(columns);
  for (const auto& row : rows) {
    std::vector<std::string> fields;
    for (const std::string& column : columns) {
      const auto found = row.find(column);
      fields.push_back(found == row.end() ? "" : CsvField(found->second));
    }
    text += Join(fields, ",") + "\n";
  }
  return text;
}

std::string CsvHeader(const std::vector<std::string>& columns) {
  std::vector<std::string> fields;
  for (const std::string& column : columns) fields.push_back(CsvField(column));
  return Join(fields, ",") + "\n";
}

std::string CsvRow(const std::vector<std::string>& columns, const Json& object) {
  std::vector<std::string> fields;
  for (const std::string& column : columns) {
    fields.push_back(object.contains(column) ? CsvField(ValueText(object[column])) : "");
  }
  return Join(fields, ",") + "\n";
}

void AddMetricNames(const Json& report, std::vector<std::string>& columns) {
  const auto metrics = report.find("metrics");
  if (metrics == report.end()) return;
  for (const auto& [name, value] : metrics->items()) {
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
}

Json WithMetricsAsColumns(Json report) {
  const auto metrics = report.find("metrics");
  if (metrics == report.end()) return report;
  const Json others = *metrics;
  report.erase(metrics);
  for (const auto& [name, value] : others.items()) {
    if (!report.contains(name)) report[name] = value;
  }
  return report;
}

const std::vector<std::string>& ReportColumns() {
  static const auto& columns = *new std::vector<std::string>{"revision",
                                                             "run_id",
                                                             "attempt",
                                                             "step",
                                                             "time",
                                                             "train_loss",
                                                             "train_accuracy",
                                                             "validation_loss",
                                                             "validation_accuracy",
                                                             "gradient_norm",
                                                             "weight_norm",
                                                             "activation_sparsity",
                                                             "power_watts",
                                                             "energy_joules"};
  return columns;
}

}  // namespace powerdown
