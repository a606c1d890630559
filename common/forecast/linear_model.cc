#include "common/forecast/linear_model.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "common/base/statistics.h"

namespace powerdown {
namespace {

constexpr double kWideClip = 20;

}  // namespace

Standardizer::Standardizer(const Eigen::MatrixXd& rows)
    : centre_(Eigen::VectorXd::Zero(rows.cols())), scale_(Eigen::VectorXd::Ones(rows.cols())) {
  for (Eigen::Index column = 0; column < rows.cols(); ++column) {
    std::vector<double> known;
    for (Eigen::Index row = 0; row < rows.rows(); ++row) {
      if (!std::isnan(rows(row, column))) known.push_back(rows(row, column));
    }
    if (known.empty()) continue;
    centre_[column] = Quantile(known, 0.5);
    const double spread = Quantile(known, 0.75) - Quantile(known, 0.25);
    if (spread > 0) scale_[column] = spread;
  }
}

Eigen::VectorXd Standardizer::Apply(const std::vector<double>& values) const {
  return Scaled(values, kClip);
}

Eigen::VectorXd Standardizer::ApplyWide(const std::vector<double>& values) const {
  return Scaled(values, kWideClip);
}

Eigen::VectorXd Standardizer::Scaled(const std::vector<double>& values, double clip) const {
  Eigen::VectorXd scaled(centre_.size());
  for (Eigen::Index i = 0; i < centre_.size(); ++i) {
    const double value = (values[static_cast<size_t>(i)] - centre_[i]) / scale_[i];
    scaled[i] = std::isnan(value) ? 0 : std::clamp(value, -clip, clip);
  }
  return scaled;
}

Eigen::MatrixXd Standardizer::Apply(const Eigen::MatrixXd& rows) const {
  Eigen::MatrixXd scaled(rows.rows(), rows.cols());
  std::vector<double> values(static_cast<size_t>(rows.cols()));
  for (Eigen::Index row = 0; row < rows.rows(); ++row) {
    for (Eigen::Index i = 0; i < rows.cols(); ++i) values[static_cast<size_t>(i)] = rows(row, i);
    scaled.row(row) = Apply(values);
  }
  return scaled;
}

RidgeModel FitRidge(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                    const Eigen::VectorXd& row_weights, double penalty) {
  const double total = row_weights.sum();
  const Eigen::VectorXd mean = rows.transpose() * row_weights / total;
  const double mean_target = targets.dot(row_weights) / total;
  const Eigen::MatrixXd centred = rows.rowwise() - mean.transpose();
  Eigen::MatrixXd normal = centred.transpose() * row_weights.asDiagonal() * centred;
  normal.diagonal().array() += penalty;
  const Eigen::VectorXd centred_targets = targets.array() - mean_target;
  const Eigen::VectorXd right = centred.transpose() * row_weights.cwiseProduct(centred_targets);
  RidgeModel model;
  model.weights = normal.ldlt().solve(right);
  model.intercept = mean_target - model.weights.dot(mean);
  return model;
}

}  // namespace powerdown
