// The same values as JSON, as CSV (RFC 4180). Pure.
#pragma once

#include <string>
#include <vector>

#include "common/run/run.h"
#include "common/run/run_json.h"

namespace powerdown {

std::string CsvField(const std::string& text);  // quoted where it must be

// One row an object, one column a field; nested fields as "energy.gross_joules". Lists of plain
// values are joined by spaces, lists of objects are left out. The first line is the header.
std::string CsvOf(const std::vector<Json>& objects);

// Step reports have a fixed header, so that rows can be written as they come.
std::string ReportCsvHeader();
std::string ReportCsvRow(const StepReport& report);

}  // namespace powerdown
