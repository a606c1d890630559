#include "common/forecast/linear_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "common/base/json.h"

namespace powerdown {
namespace {

// Made by scikit-learn; see tests/support/linear_model_fixture.py.
Json Fixture() {
  std::ifstream file(std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/linear_model.json");
  return Json::parse(file);
}

Eigen::VectorXd Vector(const Json& json) {
  const auto values = json.get<std::vector<double>>();
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

Eigen::MatrixXd Matrix(const Json& json) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(json.size()),
                         static_cast<Eigen::Index>(json[0].size()));
  for (size_t row = 0; row < json.size(); ++row) {
    matrix.row(static_cast<Eigen::Index>(row)) = Vector(json[row]);
  }
  return matrix;
}

TEST(StandardizerTest, ScalesAsScikitLearnDoes) {
  const Json fixture = Fixture();
  const Eigen::MatrixXd rows = Matrix(fixture["rows"]);
  const Eigen::MatrixXd difference = Standardizer(rows).Apply(rows) - Matrix(fixture["scaled"]);
  EXPECT_LT(difference.cwiseAbs().maxCoeff(), 1e-8);
}

TEST(StandardizerTest, TakesWhatIsNotKnownForTheMedian) {
  Eigen::MatrixXd rows(5, 1);
  rows << 1, 2, 3, 4, std::nan("");
  const Standardizer standardizer(rows);
  EXPECT_DOUBLE_EQ(standardizer.Apply(std::vector<double>{std::nan("")})[0], 0);
  EXPECT_DOUBLE_EQ(standardizer.Apply(std::vector<double>{2.5})[0], 0);
}

TEST(StandardizerTest, ClipsFarValuesLessWhenWide) {
  Eigen::MatrixXd rows(5, 1);
  rows << 1, 2, 3, 4, 5;
  const Standardizer standardizer(rows);
  EXPECT_DOUBLE_EQ(standardizer.Apply(std::vector<double>{1e6})[0], Standardizer::kClip);
  EXPECT_DOUBLE_EQ(standardizer.ApplyWide(std::vector<double>{13})[0], 5);
}

TEST(RidgeTest, PredictsAsScikitLearnDoes) {
  const Json fixture = Fixture();
  const Eigen::MatrixXd scaled = Matrix(fixture["scaled"]);
  const RidgeModel model =
      FitRidge(scaled, Vector(fixture["targets"]), Vector(fixture["row_weights"]),
               fixture["penalty"].get<double>());
  EXPECT_NEAR(model.intercept, fixture["intercept"].get<double>(), 1e-8);
  EXPECT_LT((model.weights - Vector(fixture["weights"])).cwiseAbs().maxCoeff(), 1e-8);
  const Eigen::VectorXd predictions = Vector(fixture["predictions"]);
  for (Eigen::Index row = 0; row < scaled.rows(); ++row) {
    EXPECT_NEAR(model.Predict(scaled.row(row)), predictions[row], 1e-8);
  }
}

}  // namespace
}  // namespace powerdown
