// The same values as JSON, as CSV (RFC 4180). Pure.
#pragma once

#include <string>
#include <vector>

#include "common/base/json_fwd.h"

namespace powerdown {

// One row an object, one column a field; nested fields as "energy.gross_joules". Lists of plain
// values are joined by spaces, lists of objects are left out. The first line is the header.
std::string CsvOf(const std::vector<Json>& objects);

// Rows that are written as they come have fixed columns. A field that is not one of them is left
// out; a missing one is empty.
std::string CsvHeader(const std::vector<std::string>& columns);
std::string CsvRow(const std::vector<std::string>& columns, const Json& object);

const std::vector<std::string>& ReportColumns();  // of step reports

// What a program reported beside those, as columns of its own names; a name that is one of those
// is left out.
void AddMetricNames(const Json& report, std::vector<std::string>& columns);
// The report's metrics beside its other fields.
Json WithMetricsAsColumns(Json report);

}  // namespace powerdown
