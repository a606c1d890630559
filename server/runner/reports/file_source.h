// Reports in a file that a program writes: a table of separated values, or one JSON object a line.
// Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/log/separated_rows.h"
#include "server/runner/reports/line_tail.h"
#include "server/runner/reports/report_assembly.h"
#include "server/runner/reports/report_source.h"
#include "server/runner/reports/row_history.h"

namespace powerdown {

class FileSource : public ReportSource {
 public:
  enum class Form {
    kTable,
    kJsonLines,
    kChannel,  // JSON lines of powerdown.py, in a file made for this program
  };
  // A file that is there already was written by an earlier program: what comes now is read.
  static absl::StatusOr<std::unique_ptr<ReportSource>> Open(Form form, std::string path,
                                                            const RunLogOptions& options);

  absl::StatusOr<std::vector<ProgramReport>> Poll() override;
  void Finish() override { has_finished_ = true; }
  std::string Warning() override { return assembly_.warnings().Take(); }

 private:
  FileSource(Form form, std::string path, ReportAssembly assembly)
      : form_(form), tail_(std::move(path)), assembly_(std::move(assembly)) {}
  absl::Status SkipWhatIsThere();
  absl::StatusOr<bool> Read(const TakeLine& take);  // whether there is more
  void TakeText(std::string_view line);
  void TakeTableLine(std::string_view line);
  bool TakeAsHeader(std::string_view line);
  void TakeRecord(std::string_view record);
  void TakeJson(std::string_view line);
  void WarnOfLine(std::string_view line, const absl::Status& problem);

  const Form form_;
  LineTail tail_;
  ReportAssembly assembly_;
  RowHistory history_;
  // Of a table.
  std::optional<SeparatedHeader> header_;
  bool may_be_header_ = true;  // the next line
  SeparatedRecord record_;
  std::string open_;  // a record within a quoted field
  int64_t rows_ = 0;
  bool is_other_json_ = false;  // and not one object a line: passed over
  bool has_finished_ = false;   // the program
  bool is_done_ = false;        // all of its file was read
  bool is_last_ = false;        // the line has no end: it may be cut off
};

}  // namespace powerdown
