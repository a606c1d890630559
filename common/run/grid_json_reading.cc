// A table of answers, read back; see run_json_reading.h.
#include <cmath>

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

// Rows by x, each as long as there are symbols, of what `take` makes of a cell.
template <typename Take>
void ReadCells(JsonReader& reader, std::string_view key, int64_t symbols, Take take) {
  const Json& rows = reader.Array(key);
  if (static_cast<int64_t>(rows.size()) != symbols) return reader.Fail("has not a row a symbol");
  for (const Json& row : rows) {
    if (!row.is_array() || static_cast<int64_t>(row.size()) != symbols) {
      return reader.Fail("has a row of another length");
    }
    for (const Json& cell : row) {
      if (!cell.is_number() && !cell.is_boolean()) return reader.Fail("has a cell of no number");
      take(cell);
    }
  }
}

}  // namespace

absl::StatusOr<AnswerGrid> GridFromJson(const Json& json) {
  JsonReader reader(json);
  AnswerGrid grid{.run_id = reader.Text("run_id"),
                  .at_step = reader.Whole("at_step"),
                  .checkpoint = reader.TextOr("checkpoint", ""),
                  .label = reader.TextOr("label", ""),
                  .symbols = reader.Whole("symbols")};
  grid.score = reader.OptionalReal("score");
  grid.trained_score = reader.OptionalReal("trained_score");
  if (const auto joules = reader.OptionalReal("joules")) grid.energy = Joules(*joules);
  ReadCells(reader, "answers", grid.symbols,
            [&](const Json& cell) { grid.answers.push_back(cell.get<int32_t>()); });
  ReadCells(reader, "expected", grid.symbols,
            [&](const Json& cell) { grid.expected.push_back(cell.get<int32_t>()); });
  ReadCells(reader, "held_out", grid.symbols, [&](const Json& cell) {
    const size_t at = grid.origins.size();
    const bool is_asked = at < grid.expected.size() && grid.expected[at] >= 0;
    grid.origins.push_back(!is_asked          ? AnswerGrid::Origin::kNone
                           : cell.get<bool>() ? AnswerGrid::Origin::kHeldOut
                                              : AnswerGrid::Origin::kTrained);
  });
  ReadCells(reader, "probabilities", grid.symbols, [&](const Json& cell) {
    grid.confidences.push_back(static_cast<uint8_t>(std::lround(cell.get<double>() * 255)));
  });
  if (!reader.status().ok()) return reader.status();
  return grid;
}

}  // namespace powerdown
