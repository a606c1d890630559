// Reports that a program prints, found by a regular expression. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/line_pattern.h"
#include "server/runner/reports/report_assembly.h"
#include "server/runner/reports/report_source.h"
#include "server/runner/reports/text_lines.h"

namespace powerdown {

// Reports that wait for a poll. A program that prints more of them in 100 ms does so in a loop
// without end; what it prints beyond is left out, and that is told.
inline constexpr size_t kMostWaitingReports = 65536;

class OutputSource : public ReportSource {
 public:
  static absl::StatusOr<std::unique_ptr<ReportSource>> Open(std::string_view pattern,
                                                            const RunLogOptions& options);

  void PushOutput(std::string_view bytes) override;
  absl::StatusOr<std::vector<ProgramReport>> Poll() override;
  void Finish() override;
  std::string Warning() override { return assembly_.warnings().Take(); }

 private:
  OutputSource(LinePattern pattern, ReportAssembly assembly)
      : pattern_(std::move(pattern)),
        assembly_(std::move(assembly)),
        lines_(kMostReportLineBytes) {}
  void TakeText(std::string_view line);

  const LinePattern pattern_;
  ReportAssembly assembly_;
  TextLines lines_;
  std::vector<LogCell> cells_;  // of one line, kept for the next
  int64_t reports_ = 0;
  bool is_done_ = false;
};

}  // namespace powerdown
