#include "proto/fields_wire.h"

namespace powerdown {

v1::AskResponse ToWire(const QuizResult& result) {
  v1::AskResponse wire;
  WireWriter::Write(result, wire);
  return wire;
}

QuizResult FromWire(const v1::AskResponse& wire) {
  return *ReadWire<QuizResult>(wire);
}

v1::AnswerGrid ToWire(const AnswerGrid& grid) {
  v1::AnswerGrid wire;
  WireWriter::Write(grid, wire);
  return wire;
}

absl::StatusOr<AnswerGrid> FromWire(const v1::AnswerGrid& wire) {
  constexpr int64_t kMostSymbols = 46340;  // whose square is still an int32_t
  ASSIGN_OR_RETURN(AnswerGrid grid, ReadWire<AnswerGrid>(wire));
  const size_t cells = grid.answers.size();
  if (grid.symbols < 0 || grid.symbols > kMostSymbols ||
      cells != static_cast<size_t>(grid.symbols * grid.symbols) || grid.expected.size() != cells ||
      grid.origins.size() != cells || grid.confidences.size() != cells) {
    return absl::DataLossError("the daemon sent an answer grid whose lists differ in length");
  }
  for (AnswerGrid::Origin& origin : grid.origins) {
    if (origin > AnswerGrid::Origin::kHeldOut) origin = AnswerGrid::Origin::kNone;
  }
  return grid;
}

}  // namespace powerdown
