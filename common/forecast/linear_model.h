// The first prototype's predictor, which stays as the baseline: features by median and quartiles,
// clipped, and a ridge regression on them. What scikit-learn's RobustScaler and Ridge give, to
// rounding. Pure.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace powerdown {

// Column by column: (x − median) / (third − first quartile), clipped to ±4; a column that does not
// vary is only centred. NaN, a value that is not known, becomes 0: the median.
class Standardizer {
 public:
  static constexpr double kClip = 4;
  Standardizer() = default;
  explicit Standardizer(const Eigen::MatrixXd& rows);
  Standardizer(Eigen::VectorXd centre, Eigen::VectorXd scale)
      : centre_(std::move(centre)), scale_(std::move(scale)) {}

  Eigen::VectorXd Apply(const std::vector<double>& values) const;
  // Clipped only at ±20, so that what is far away stays far away.
  Eigen::VectorXd ApplyWide(const std::vector<double>& values) const;
  Eigen::MatrixXd Apply(const Eigen::MatrixXd& rows) const;
  const Eigen::VectorXd& centre() const { return centre_; }
  const Eigen::VectorXd& scale() const { return scale_; }

 private:
  Eigen::VectorXd Scaled(const std::vector<double>& values, double clip) const;

  Eigen::VectorXd centre_;
  Eigen::VectorXd scale_;
};

// Minimises Σ w (y − b − xβ)² + penalty |β|²; the intercept is not penalised.
struct RidgeModel {
  double intercept = 0;
  Eigen::VectorXd weights;
  double Predict(const Eigen::VectorXd& x) const { return intercept + weights.dot(x); }
};
RidgeModel FitRidge(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                    const Eigen::VectorXd& row_weights, double penalty);

}  // namespace powerdown
