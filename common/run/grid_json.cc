// The cells of a table of answers as JSON, and back; see common/run/run_json.h.
#include <cmath>

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_fields.h"

namespace powerdown {
namespace {

using Origin = AnswerGrid::Origin;

// Rows by x, each with a value for every y.
template <typename Value>
Json RowsOf(const AnswerGrid& grid, Value value) {
  Json rows = Json::array();
  for (int64_t x = 0; x < grid.symbols; ++x) {
    Json row = Json::array();
    for (int64_t y = 0; y < grid.symbols; ++y) {
      row.push_back(value(static_cast<size_t>(x * grid.symbols + y)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// `take` says whether a value is one that it takes.
template <typename Take>
void ReadRows(JsonReader& reader, std::string_view key, int64_t symbols, Take take) {
  const Json& rows = reader.Array(key);
  if (static_cast<int64_t>(rows.size()) != symbols) {
    return reader.Fail(Concat(Quoted(key), " must have one row for each symbol"));
  }
  for (const Json& row : rows) {
    if (!row.is_array() || static_cast<int64_t>(row.size()) != symbols) {
      return reader.Fail(Concat(Quoted(key), " must have one value for each symbol in each row"));
    }
    for (const Json& cell : row) {
      if (take(cell)) continue;
      return reader.Fail(Concat(Quoted(key), " has a value of another type, or out of range"));
    }
  }
}

}  // namespace

void FinishJson(const AnswerGrid& grid, Json& json) {
  json["answers"] = RowsOf(grid, [&](size_t cell) { return grid.answers[cell]; });
  json["expected"] = RowsOf(grid, [&](size_t cell) { return grid.expected[cell]; });
  json["held_out"] =
      RowsOf(grid, [&](size_t cell) { return grid.origins[cell] == Origin::kHeldOut; });
  json["probabilities"] = RowsOf(grid, [&](size_t cell) { return grid.confidences[cell] / 255.0; });
}

void FinishReading(JsonReader& reader, AnswerGrid& grid) {
  const auto whole_into = [](std::vector<int32_t>& numbers) {
    return [&](const Json& cell) {
      const std::optional<int64_t> whole = WholeOf(cell);
      if (!whole || !std::in_range<int32_t>(*whole)) return false;
      numbers.push_back(static_cast<int32_t>(*whole));
      return true;
    };
  };
  ReadRows(reader, "answers", grid.symbols, whole_into(grid.answers));
  ReadRows(reader, "expected", grid.symbols, whole_into(grid.expected));
  ReadRows(reader, "held_out", grid.symbols, [&](const Json& cell) {
    if (!cell.is_boolean()) return false;
    const size_t at = grid.origins.size();
    const bool is_asked = at < grid.expected.size() && grid.expected[at] >= 0;
    grid.origins.push_back(!is_asked          ? Origin::kNone
                           : cell.get<bool>() ? Origin::kHeldOut
                                              : Origin::kTrained);
    return true;
  });
  ReadRows(reader, "probabilities", grid.symbols, [&](const Json& cell) {
    const double probability = cell.is_number() ? cell.get<double>() : -1;
    if (!(probability >= 0 && probability <= 1)) return false;
    grid.confidences.push_back(static_cast<uint8_t>(std::lround(probability * 255)));
    return true;
  });
}

}  // namespace powerdown
