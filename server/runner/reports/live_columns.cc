#include "server/runner/reports/live_columns.h"

#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/base/wording.h"
#include "common/log/log_rows.h"

namespace powerdown {
namespace {

std::string LeftOut(std::string_view name) {
  return Concat("metric ", Quoted(name), " is left out; allowed: up to ", kMostExtraMetrics,
                " metrics, with names of up to ", kMostMetricNameBytes, " printable bytes");
}

}  // namespace

absl::StatusOr<LiveColumns> LiveColumns::Create(const std::map<std::string, std::string>& said) {
  LiveColumns columns;
  for (const auto& [ours, theirs] : said) {
    ASSIGN_OR_RETURN(const LogField field, FieldNamed(ours));
    if (!columns.fields_.emplace(theirs, field).second) {
      return absl::InvalidArgumentError(
          Concat("--column: ", Quoted(theirs), " is named for two quantities"));
    }
    columns.holders_[static_cast<size_t>(field)] = {.name = theirs, .is_said = true};
    columns.said_[theirs] = false;
  }
  return columns;
}

void LiveColumns::Learn(std::string_view name, Warnings& warnings) {
  has_names_ = true;
  if (const auto said = said_.find(name); said != said_.end()) {
    said->second = true;
    return;
  }
  if (fields_.contains(name) || extras_.contains(name)) return;
  if (name.size() > kMostMetricNameBytes) {  // nor kept in memory
    warnings.Add("metrics", LeftOut(name));
    return;
  }
  if (extras_.size() == kMostLogColumns) {
    warnings.Add("names", Concat("reports have more than ", kMostLogColumns,
                                 " names; the rest of them is left out"));
    return;
  }
  const auto keep = [&](std::string_view other) {
    const bool is_kept =
        kept_extras_ < kMostExtraMetrics && IsUtf8(other) && Printable(other) == other;
    extras_.insert_or_assign(std::string(other), is_kept);
    kept_extras_ += is_kept ? 1 : 0;
    if (is_kept) return;
    warnings.Add("metrics", LeftOut(other));
  };
  const std::optional<LogGuess> guess = GuessColumn(name);
  if (!guess) {
    keep(name);
    return;
  }
  std::optional<Holder>& holder = holders_[static_cast<size_t>(guess->field)];
  if (holder && (holder->is_said || guess->rank >= holder->rank)) {
    keep(name);
    if (!holder->is_said && guess->rank == holder->rank && MustBeOne(guess->field)) {
      warnings.Add(NameOf(guess->field),
                   Concat(NameOf(guess->field), " may be ", Quoted(holder->name), " or ",
                          Quoted(name), "; taken: ", Quoted(holder->name), "; say which: --column ",
                          NameOf(guess->field), "=NAME"));
    }
    return;
  }
  if (holder) {
    fields_.erase(holder->name);
    keep(holder->name);
  }
  holder = Holder{.name = std::string(name), .rank = guess->rank};
  fields_.emplace(name, guess->field);
}

std::optional<LogField> LiveColumns::FieldOf(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

bool LiveColumns::IsExtra(std::string_view name) const {
  const auto found = extras_.find(name);
  return found != extras_.end() && found->second;
}

void LiveColumns::WarnOfMissing(Warnings& warnings) const {
  if (!has_names_) return;  // nor did anything else
  std::vector<std::string_view> names;
  for (const auto& [name, is_kept] : extras_) names.push_back(name);
  for (const auto& [name, came] : said_) {
    if (came) continue;
    const std::string_view nearest = NearestWord(name, names);
    warnings.Add(Concat("--column ", Printable(name)),
                 Concat("--column ", NameOf(fields_.at(name)), "=", Printable(name),
                        ": no report has that name",
                        nearest.empty() ? "" : Concat("; the nearest is ", Quoted(nearest))));
  }
}

}  // namespace powerdown
