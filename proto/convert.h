// Wire ↔ common types, each pair once. Pure. A field that is not known stays unset on both sides.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/metric.h"
#include "common/run/run.h"
#include "common/run/series_pyramid.h"
#include "google/protobuf/timestamp.pb.h"
#include "powerdown/v1/comparison_service.pb.h"
#include "powerdown/v1/quiz_service.pb.h"
#include "powerdown/v1/run_service.pb.h"
#include "powerdown/v1/types.pb.h"

namespace powerdown {

google::protobuf::Timestamp ToWire(absl::Time time);  // to the nanosecond, rounded down
absl::Time FromWire(const google::protobuf::Timestamp& time);

// Driven by SpecFields(), whose names are those of the message. Every field is set on the wire.
v1::RunSpec ToWire(const RunSpec& spec);
RunSpec FromWire(const v1::RunSpec& spec);  // unset: the field's default
// As FromWire, for a spec that is to be carried out: InvalidArgument if a newer client set a field
// that this program does not know, since ignoring it would train something else.
absl::StatusOr<RunSpec> SpecOfRequest(const v1::RunSpec& spec);

v1::RunState ToWire(RunState state);
absl::StatusOr<RunState> FromWire(v1::RunState state);
v1::AutoStop ToWire(AutoStop mode);
absl::StatusOr<AutoStop> FromWire(v1::AutoStop mode);         // unspecified: on
absl::StatusOr<AutoStop> AbandonFromWire(v1::AutoStop mode);  // unspecified: off
v1::Forecast ToWire(const Forecast& forecast);
Forecast FromWire(const v1::Forecast& forecast);

v1::Energy ToWire(const EnergyFigure& energy);
EnergyFigure FromWire(const v1::Energy& energy);
v1::Money ToWire(const Money& money);
Money FromWire(const v1::Money& money);
v1::Factors ToWire(const FootprintFactors& factors);
FootprintFactors FromWire(const v1::Factors& factors);
v1::Attempt ToWire(const Attempt& attempt);
Attempt FromWire(const v1::Attempt& attempt);
v1::Checkpoint ToWire(const Checkpoint& checkpoint);  // its file stays here
Checkpoint FromWire(const v1::Checkpoint& checkpoint);
v1::CommandSpec ToWire(const CommandSpec& command);
absl::StatusOr<CommandSpec> FromWire(const v1::CommandSpec& wire);
v1::Attachment ToWire(const Attachment& attached);
absl::StatusOr<Attachment> FromWire(const v1::Attachment& wire);
v1::Run ToWire(const Run& run);
absl::StatusOr<Run> FromWire(const v1::Run& run);

v1::StepReport ToWire(const StepReport& report);
StepReport FromWire(const v1::StepReport& report);
v1::RunEvent ToWire(const RunEvent& event);
RunEvent FromWire(const v1::RunEvent& event);
v1::RunUpdate ToWire(const RunUpdate& update);
// Nullopt for a kind of update that a newer daemon knows and this program does not.
std::optional<RunUpdate> FromWire(const v1::RunUpdate& update);

v1::Series ToWire(Metric metric, const std::vector<SeriesBucket>& buckets);
std::vector<SeriesBucket> FromWire(const v1::Series& wire);

v1::Comparison ToWire(const Comparison& comparison);
absl::StatusOr<Comparison> FromWire(const v1::Comparison& comparison);
v1::AskResponse ToWire(const QuizResult& result);
QuizResult FromWire(const v1::AskResponse& response);
v1::AnswerGrid ToWire(const AnswerGrid& grid);
// DataLoss if its lists do not have a cell for every pair of symbols.
absl::StatusOr<AnswerGrid> FromWire(const v1::AnswerGrid& wire);

}  // namespace powerdown
