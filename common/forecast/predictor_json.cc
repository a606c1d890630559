// The weights of a predictor as JSON.
#include <array>
#include <cmath>

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/predictor.h"

namespace powerdown {
namespace {

Json VectorJson(const Eigen::VectorXd& vector) {
  return std::vector<double>(vector.data(), vector.data() + vector.size());
}

// NaN, a value that is not known, is null.
Json ValuesJson(const FeatureVector& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(std::isnan(value) ? Json() : Json(value));
  return json;
}

// Lower triangle, row by row.
Json TriangleJson(const Eigen::MatrixXd& matrix) {
  Json json = Json::array();
  for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
    for (Eigen::Index column = 0; column <= row; ++column) json.push_back(matrix(row, column));
  }
  return json;
}

Json HeadJson(const PredictorHead& head, const std::vector<std::string>& features) {
  return {{"features", features},
          {"centre", VectorJson(head.standardizer.centre())},
          {"scale", VectorJson(head.standardizer.scale())},
          {"time_intercept", head.model.time_intercept},
          {"time_weights", VectorJson(head.model.time_weights)},
          {"log_spread", head.model.log_spread},
          {"share_intercept", head.model.share_intercept},
          {"share_weights", VectorJson(head.model.share_weights)},
          {"familiar_mean", VectorJson(head.familiarity.mean)},
          {"familiar_whitening", TriangleJson(head.familiarity.whitening)},
          {"familiar_limit", head.familiarity.limit}};
}

Json BandsJson(const ConformalBands& bands) {
  Json json = Json::array();
  for (int stage = 0; stage < kStages; ++stage) {
    Json of_stage = Json::array();
    for (size_t i = 0; i < kConfidences.size(); ++i) {
      const ResidualBand& band = bands.Band(static_cast<Stage>(stage), i);
      of_stage.push_back({band.low, band.high});
    }
    json.push_back(std::move(of_stage));
  }
  return json;
}

absl::StatusOr<std::vector<double>> Numbers(const Json& json, size_t count, std::string_view name) {
  if (!json.is_array() || json.size() != count) {
    return absl::InvalidArgumentError(Concat(name, " is not a list of ", count, " numbers"));
  }
  std::vector<double> numbers;
  for (const Json& number : json) {
    if (!number.is_number() && !number.is_null()) {
      return absl::InvalidArgumentError(Concat(name, " has an item that is not a number"));
    }
    numbers.push_back(number.is_null() ? std::nan("") : number.get<double>());
  }
  return numbers;
}

absl::Status ReadVector(JsonReader& reader, std::string_view key, size_t count,
                        Eigen::VectorXd& vector) {
  ASSIGN_OR_RETURN(const std::vector<double> numbers, Numbers(reader.Array(key), count, key));
  vector = Eigen::Map<const Eigen::VectorXd>(numbers.data(), static_cast<Eigen::Index>(count));
  return absl::OkStatus();
}

absl::StatusOr<PredictorHead> ReadHead(const Json& json, const std::vector<std::string>& features) {
  JsonReader reader(json);
  const size_t count = features.size();
  if (reader.Array("features") != Json(features)) {
    return absl::FailedPreconditionError(
        "the weights were trained on other features than this program has; train them again");
  }
  PredictorHead head;
  Eigen::VectorXd centre, scale, triangle;
  RETURN_IF_ERROR(ReadVector(reader, "centre", count, centre));
  RETURN_IF_ERROR(ReadVector(reader, "scale", count, scale));
  RETURN_IF_ERROR(ReadVector(reader, "time_weights", count, head.model.time_weights));
  RETURN_IF_ERROR(ReadVector(reader, "share_weights", count, head.model.share_weights));
  RETURN_IF_ERROR(ReadVector(reader, "familiar_mean", count, head.familiarity.mean));
  RETURN_IF_ERROR(ReadVector(reader, "familiar_whitening", count * (count + 1) / 2, triangle));
  head.standardizer = Standardizer(std::move(centre), std::move(scale));
  head.model.time_intercept = reader.Real("time_intercept");
  head.model.log_spread = reader.Real("log_spread");
  head.model.share_intercept = reader.Real("share_intercept");
  head.familiarity.limit = reader.Real("familiar_limit");
  const auto size = static_cast<Eigen::Index>(count);
  head.familiarity.whitening = Eigen::MatrixXd::Zero(size, size);
  Eigen::Index next = 0;
  for (Eigen::Index row = 0; row < size; ++row) {
    for (Eigen::Index column = 0; column <= row; ++column) {
      head.familiarity.whitening(row, column) = triangle[next++];
    }
  }
  RETURN_IF_ERROR(reader.status());
  return head;
}

absl::StatusOr<ConformalBands> ReadBands(const Json& json) {
  if (json.size() != kStages) return absl::InvalidArgumentError("\"bands\" must have four stages");
  std::array<std::array<ResidualBand, kConfidences.size()>, kStages> bands;
  for (size_t stage = 0; stage < kStages; ++stage) {
    if (json[stage].size() != kConfidences.size()) {
      return absl::InvalidArgumentError("a stage must have three bands");
    }
    for (size_t i = 0; i < kConfidences.size(); ++i) {
      ASSIGN_OR_RETURN(const std::vector<double> ends, Numbers(json[stage][i], 2, "bands"));
      bands[stage][i] = {ends[0], ends[1]};
    }
  }
  return ConformalBands(bands);
}

absl::Status ReadKnownRuns(const Json& json, std::vector<KnownRun>& runs) {
  for (const Json& entry : json) {
    JsonReader reader(entry);
    KnownRun& run = runs.emplace_back();
    run.run_id = reader.Text("run_id");
    ASSIGN_OR_RETURN(run.spec_features, Numbers(reader.Array("spec_features"),
                                                SpecFeatureNames().size(), "spec_features"));
    RETURN_IF_ERROR(reader.status());
  }
  return absl::OkStatus();
}

}  // namespace

std::string Predictor::ToJson() const {
  Json known = Json::array();
  for (const KnownRun& run : weights_.known_runs) {
    known.push_back({{"run_id", run.run_id}, {"spec_features", ValuesJson(run.spec_features)}});
  }
  const Json json = {{"predictor", weights_.version},
                     {"feature_schema", weights_.feature_schema},
                     {"trained_on", weights_.trained_on},
                     {"runs", weights_.runs},
                     {"events", weights_.events},
                     {"operations", weights_.operations},
                     {"before", HeadJson(weights_.before, SpecFeatureNames())},
                     {"during", HeadJson(weights_.during, RunFeatureNames())},
                     {"bands", BandsJson(weights_.bands)},
                     {"curve", HeadJson(weights_.curve, CurveFeatureNames())},
                     {"curve_bands", BandsJson(weights_.curve_bands)},
                     {"known_runs", std::move(known)}};
  return JsonText(json) + "\n";
}

absl::StatusOr<Predictor> Predictor::FromJson(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJsonObject(text);
  if (!json.ok()) {
    return absl::InvalidArgumentError(Concat("predictor: ", json.status().message()));
  }
  JsonReader reader(*json);
  PredictorWeights weights;
  weights.version = static_cast<int>(reader.Whole("predictor"));
  weights.feature_schema = static_cast<int>(reader.Whole("feature_schema"));
  if (reader.status().ok() && (weights.version != PredictorWeights().version ||
                               weights.feature_schema != kGrokFeatureSchema)) {
    return absl::FailedPreconditionError(
        "predictor: the weights were made by another version of this program; train them again");
  }
  weights.trained_on = reader.Text("trained_on");
  weights.runs = reader.Whole("runs");
  weights.events = reader.Whole("events");
  for (const Json& operation : reader.Array("operations")) {
    if (operation.is_string()) weights.operations.push_back(operation.get<std::string>());
  }
  ASSIGN_OR_RETURN(weights.before, ReadHead(reader.Object("before"), SpecFeatureNames()));
  ASSIGN_OR_RETURN(weights.during, ReadHead(reader.Object("during"), RunFeatureNames()));
  ASSIGN_OR_RETURN(weights.bands, ReadBands(reader.Array("bands")));
  ASSIGN_OR_RETURN(weights.curve, ReadHead(reader.Object("curve"), CurveFeatureNames()));
  ASSIGN_OR_RETURN(weights.curve_bands, ReadBands(reader.Array("curve_bands")));
  RETURN_IF_ERROR(ReadKnownRuns(reader.Array("known_runs"), weights.known_runs));
  RETURN_IF_ERROR(reader.status());
  return Predictor(std::move(weights));
}

}  // namespace powerdown
