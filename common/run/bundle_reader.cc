#include "common/run/bundle_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_bundle.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

// A header has a run's whole ledger, some 300 bytes an interval.
constexpr size_t kMostLineBytes = size_t{64} << 20;

// Nothing ends before it begins, nor begins before it was made: what another program wrote, or an
// older version made of it, may say so.
void OrderTimes(Run& run) {
  if (run.started_at) run.created_at = std::min(run.created_at, *run.started_at);
  if (run.ended_at) run.ended_at = std::max(*run.ended_at, run.started_at.value_or(run.created_at));
  for (Attempt& attempt : run.attempts) {
    if (attempt.ended_at) attempt.ended_at = std::max(*attempt.ended_at, attempt.started_at);
  }
}

}  // namespace

BundleReader::BundleReader(std::string_view text, std::string_view file_name, size_t most_bytes)
    : file_name_(file_name), most_bytes_(most_bytes), piece_(text), bytes_(text.size()) {}

BundleReader BundleReader::OfText(std::string_view text, std::string_view file_name) {
  return BundleReader(text, file_name, std::numeric_limits<size_t>::max());
}

BundleReader BundleReader::OfBytes(std::string_view bytes, std::string_view file_name,
                                   size_t most_bytes) {
  if (bytes.starts_with('{')) return BundleReader(bytes, file_name, most_bytes);
  BundleReader reader({}, file_name, most_bytes);
  reader.packed_.emplace(bytes);
  return reader;
}

absl::StatusOr<std::optional<BundleRow>> BundleReader::Next() {
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<std::string_view> line, NextLine());
    if (!line) return std::nullopt;
    ++number_;
    if (line->empty()) continue;
    absl::StatusOr<BundleRow> row = Read(*line);
    if (row.ok()) return *std::move(row);
    return absl::InvalidArgumentError(
        Concat(file_name_, ":", number_, ": ", StdView(row.status().message())));
  }
}

absl::StatusOr<BundleRow> BundleReader::Read(std::string_view line) {
  ASSIGN_OR_RETURN(const Json json, ParseJsonObject(line));
  if (json.contains("bundle")) return ReadHead(json);
  if (!run_id_) {
    return absl::InvalidArgumentError("the first line must be the header of a bundle");
  }
  ASSIGN_OR_RETURN(RunUpdate update, UpdateFromJson(json));
  absl::Status checked;
  std::visit(
      [&](auto& row) {
        checked = check_.Take(row);
        row.run_id = *run_id_;
      },
      update);
  RETURN_IF_ERROR(checked);
  return update;
}

absl::StatusOr<BundleHead> BundleReader::ReadHead(const Json& json) {
  if (json["bundle"] != kBundleVersion) {
    return absl::InvalidArgumentError(Concat("the bundle has version ", JsonText(json["bundle"]),
                                             "; this program reads version ", kBundleVersion,
                                             ": update powerdown"));
  }
  if (!json.contains("run") || !json["run"].is_object()) {
    return absl::InvalidArgumentError("the header has no \"run\"");
  }
  BundleHead head;
  ASSIGN_OR_RETURN(head.run, RunFromJson(json["run"]));
  head.run.priority = 0;
  head.run.is_private = false;
  RETURN_IF_ERROR(check_.Take(head.run));
  OrderTimes(head.run);
  if (json.contains("ledger")) {
    if (!json["ledger"].is_array()) return absl::InvalidArgumentError("ledger: is not an array");
    for (const Json& interval : json["ledger"]) {
      ASSIGN_OR_RETURN(head.ledger.emplace_back(), LedgerFromJson(interval));
      RETURN_IF_ERROR(check_.Take(head.ledger.back()));
    }
  }
  run_id_ = head.run.run_id;
  return head;
}

absl::StatusOr<std::optional<std::string_view>> BundleReader::NextLine() {
  carry_.clear();
  for (;;) {
    const size_t end = piece_.find('\n');
    const std::string_view part = piece_.substr(0, end);
    piece_.remove_prefix(std::min(part.size() + 1, piece_.size()));
    if (end != piece_.npos && carry_.empty()) return part;
    carry_ += part;
    if (carry_.size() > kMostLineBytes) {
      return absl::InvalidArgumentError(
          Concat(file_name_, ":", number_ + 1, ": is longer than ", kMostLineBytes, " bytes"));
    }
    if (end != piece_.npos) return std::string_view(carry_);
    ASSIGN_OR_RETURN(const bool has_more, FetchPiece());
    if (!has_more && carry_.empty()) return std::nullopt;
    if (!has_more) return std::string_view(carry_);
  }
}

absl::StatusOr<bool> BundleReader::FetchPiece() {
  if (packed_) {
    const absl::StatusOr<std::string_view> piece = packed_->Next();
    // Damaged bytes are the sender's: nothing of ours is lost.
    if (!piece.ok()) {
      return absl::InvalidArgumentError(
          Concat(file_name_, ": ", StdView(piece.status().message())));
    }
    piece_ = *piece;
    bytes_ += piece_.size();
  }
  if (bytes_ <= most_bytes_) return !piece_.empty();
  return absl::ResourceExhaustedError(
      Concat(file_name_, ": holds more than ", most_bytes_, " bytes"));
}

}  // namespace powerdown
