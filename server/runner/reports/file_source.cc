#include "server/runner/reports/file_source.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/json_rows.h"
#include "common/log/log_columns.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<ReportSource>> FileSource::Open(Form form, std::string path,
                                                               const RunLogOptions& options) {
  const RowReading reading{.is_likely_fraction = form == Form::kChannel};
  ASSIGN_OR_RETURN(ReportAssembly assembly, ReportAssembly::Create(options, reading));
  std::unique_ptr<FileSource> source(new FileSource(form, std::move(path), std::move(assembly)));
  if (form != Form::kChannel) RETURN_IF_ERROR(source->SkipWhatIsThere());
  return source;
}

absl::Status FileSource::SkipWhatIsThere() {
  ASSIGN_OR_RETURN(const std::vector<std::string> first, tail_.SkipWhatIsThere());
  if (form_ != Form::kTable) return absl::OkStatus();
  for (const std::string& line : first) {
    if (!may_be_header_) break;
    TakeAsHeader(line);
  }
  may_be_header_ = !header_;
  return absl::OkStatus();
}

void FileSource::WarnOfLine(std::string_view line, const absl::Status& problem) {
  assembly_.warnings().Add(Concat("lines of ", Printable(tail_.path()), " that could not be read"),
                           Concat(Printable(tail_.path()), ": a line could not be read: ",
                                  StdView(problem.message()), ": ", Quoted(line)));
}

void FileSource::TakeText(std::string_view line) {
  if (form_ == Form::kTable) {
    TakeTableLine(line);
  } else {
    TakeJson(line);
  }
}

void FileSource::TakeJson(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == line.npos || is_other_json_) return;
  // An array, or an object over several lines, from the very first line on.
  const std::string_view begin = line.substr(first);
  is_other_json_ = rows_ == 0 && (begin[0] == '[' || begin == "{");
  if (is_other_json_) {
    assembly_.warnings().Add("form", Concat(Printable(tail_.path()),
                                            ": is no JSON object a line; import it once the "
                                            "program has ended: powerdown run import"));
    return;
  }
  const absl::Status taken = ReadJsonLine(line, [&](const std::vector<LogCell>& cells) {
    rows_ += cells.empty() ? 0 : 1;
    if (history_.IsNew(cells)) assembly_.TakeRow(cells);
    return absl::OkStatus();
  });
  if (!taken.ok() && !is_last_) WarnOfLine(line, taken);
}

// A file that begins anew has its header again, unless only its lines were moved away.
bool FileSource::TakeAsHeader(std::string_view line) {
  const absl::StatusOr<std::optional<SeparatedHeader>> header = SeparatedHeader::Read(line);
  if (!header.ok()) {
    WarnOfLine(line, header.status());
    return true;
  }
  if (!*header) return true;  // a remark
  may_be_header_ = false;
  const std::vector<std::string>& names = (*header)->names();
  const bool is_header = !header_ || std::any_of(names.begin(), names.end(), [](const auto& name) {
    return GuessColumn(name).has_value();
  });
  if (!is_header) return false;
  header_ = **header;
  assembly_.TakeHeader(names, header_->separator() != ',');
  return true;
}

void FileSource::TakeTableLine(std::string_view line) {
  if (may_be_header_ && TakeAsHeader(line)) return;
  if (open_.empty() && std::count(line.begin(), line.end(), '"') % 2 == 0) {
    TakeRecord(line);
    return;
  }
  // Within a quoted field, until a line has the other half of its quotes.
  const bool was_open = !open_.empty();
  open_ += open_.empty() ? std::string(line) : Concat("\n", line);
  const bool is_whole = was_open && std::count(line.begin(), line.end(), '"') % 2 == 1;
  if (!is_whole && open_.size() <= kMostRowBytes) return;
  TakeRecord(std::exchange(open_, ""));
}

void FileSource::TakeRecord(std::string_view record) {
  if (header_->IsPassedOver(record)) return;
  const absl::Status split = header_->Split(record, record_);
  if (record_.is_cut_off && is_last_) return;
  if (!split.ok()) {
    WarnOfLine(record, split);
  } else if (!record_.cells.empty()) {
    ++rows_;
    if (history_.IsNew(record_.cells)) assembly_.TakeRow(record_.cells);
  }
}

absl::StatusOr<bool> FileSource::Read(const TakeLine& take) {
  const auto restart = [&] {
    history_.Restart();
    may_be_header_ = true;
    open_.clear();
    is_other_json_ = false;
  };
  bool has_more = true;
  while (has_more && !assembly_.IsFull()) {
    ASSIGN_OR_RETURN(has_more, tail_.Read(restart, take));
    if (!has_finished_) break;  // the rest at the next polls
  }
  return has_more;
}

absl::StatusOr<std::vector<ProgramReport>> FileSource::Poll() {
  if (is_done_ || assembly_.IsFull()) return assembly_.Release(kMostReportsAtOnce);
  const auto take = [&](std::string_view line) { TakeText(line); };
  ASSIGN_OR_RETURN(const bool has_more, Read(take));
  if (tail_.long_lines() > 0) {
    assembly_.warnings().Add(
        "long lines", Concat(Printable(tail_.path()), ": lines with more than ", kMostRowBytes,
                             " bytes are left out"));
  }
  is_done_ = has_finished_ && !has_more;
  if (is_done_) {
    is_last_ = true;
    tail_.Finish(take);
    if (!open_.empty()) TakeRecord(std::exchange(open_, ""));
    // A program may well not use a channel.
    if (rows_ == 0 && form_ != Form::kChannel && !is_other_json_) {
      assembly_.warnings().Add(
          "nothing", Concat(Printable(tail_.path()), ": the program wrote no report to it"));
    }
    assembly_.Finish();
  } else {
    assembly_.EndPoll();
  }
  return assembly_.Release(kMostReportsAtOnce);
}

}  // namespace powerdown
