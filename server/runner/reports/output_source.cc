#include "server/runner/reports/output_source.h"

#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<ReportSource>> OutputSource::Open(std::string_view pattern,
                                                                 const RunLogOptions& options) {
  ASSIGN_OR_RETURN(LinePattern expression, LinePattern::Create(pattern));
  ASSIGN_OR_RETURN(ReportAssembly assembly,
                   ReportAssembly::Create(options, {.may_lack_steps = true}));
  std::unique_ptr<OutputSource> source(
      new OutputSource(std::move(expression), std::move(assembly)));
  source->assembly_.TakeHeader(source->pattern_.names(), /*may_have_decimal_commas=*/false);
  return source;
}

void OutputSource::TakeText(std::string_view line) {
  if (assembly_.waiting() >= kMostWaitingReports) {
    assembly_.warnings().Add("lines of output left out",
                             Concat("output has more than ", kMostWaitingReports,
                                    " reports at once; the rest of it is left out"));
    return;
  }
  const bool has_colours = line.find('\x1b') != line.npos;
  const std::string plain = has_colours ? WithoutColours(line) : "";
  cells_.clear();
  pattern_.AddCells(has_colours ? plain : line, cells_);
  if (cells_.empty()) return;
  ++reports_;
  assembly_.TakeRow(cells_);
}

void OutputSource::PushOutput(std::string_view bytes) {
  lines_.Push(bytes, [&](std::string_view line) { TakeText(line); });
}

absl::StatusOr<std::vector<ProgramReport>> OutputSource::Poll() {
  if (!is_done_) assembly_.EndPoll();
  return assembly_.Release(kMostReportsAtOnce);
}

void OutputSource::Finish() {
  if (is_done_) return;
  is_done_ = true;
  lines_.Finish([&](std::string_view line) { TakeText(line); });
  if (reports_ == 0) assembly_.warnings().Add("no match", "no line of the output is a report");
  assembly_.Finish();
}

}  // namespace powerdown
