#include "server/runner/reports/report_source.h"

#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/log_columns.h"
#include "common/log/run_log.h"
#include "server/runner/reports/event_source.h"
#include "server/runner/reports/file_source.h"
#include "server/runner/reports/output_source.h"

namespace powerdown {
namespace {

absl::StatusOr<RunLogOptions> OptionsOf(const ReportRequest& request) {
  RunLogOptions options;
  options.is_percent = request.is_percent;
  for (const std::string& column : request.columns) {
    ASSIGN_OR_RETURN(auto said, ParseColumn(column));
    if (!options.columns.insert(std::move(said)).second) {
      return absl::InvalidArgumentError(Concat("--column ", Quoted(column), ": is named twice"));
    }
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReportSource>> OpenReportSource(const ReportRequest& request) {
  ASSIGN_OR_RETURN(const RunLogOptions options, OptionsOf(request));
  const size_t colon = request.source.find(':');
  const std::string kind = request.source.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : request.source.substr(colon + 1);
  if (rest.empty()) {
    return absl::InvalidArgumentError(
        Concat("--reports: value is ", Quoted(request.source),
               "; allowed: stdout:REGEX, csv:FILE, jsonl:FILE, tensorboard:FOLDER"));
  }
  if (kind == "stdout") {
    absl::StatusOr<std::unique_ptr<ReportSource>> source = OutputSource::Open(rest, options);
    if (source.ok()) return source;
    return absl::InvalidArgumentError(Concat("--reports: ", StdView(source.status().message())));
  }
  if (rest.front() != '/') rest = Concat(request.directory, "/", rest);
  if (kind == "csv") return FileSource::Open(FileSource::Form::kTable, rest, options);
  if (kind == "jsonl") return FileSource::Open(FileSource::Form::kJsonLines, rest, options);
  if (kind == "channel") {
    // Its names are ours: --column is for what a program writes anyway.
    return FileSource::Open(FileSource::Form::kChannel, rest, {.is_percent = options.is_percent});
  }
  if (kind == "tensorboard") {
    while (rest.size() > 1 && rest.back() == '/') rest.pop_back();
    return EventSource::Open(std::move(rest), options);
  }
  return absl::InvalidArgumentError(Concat(
      "--reports ", Quoted(kind), NotKnown(kind, {"stdout", "csv", "jsonl", "tensorboard"})));
}

}  // namespace powerdown
