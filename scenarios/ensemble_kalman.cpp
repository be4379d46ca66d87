#include "scenarios/ensemble_kalman.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Cholesky>

#include "sim/chance.h"
#include "sim/error.h"
#include "sim/math.h"

namespace throng {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Standard normal draws, [component x member].
MatrixXd normals(Index components, Index members, u32 number, Draw name, u64 seed) {
  const Chance chance(seed);
  MatrixXd all(components, members);
  for (Index j = 0; j < members; ++j) {
    for (Index i = 0; i < components; ++i) {
      const Words words =
          chance.words(0, static_cast<AgentId>(j), number, name, static_cast<u32>(i));
      all(i, j) = math::normal_quantile(unit(words[0]));
    }
  }
  return all;
}

std::vector<Index> finite_columns(const MatrixXd& outputs) {
  std::vector<Index> all;
  for (Index j = 0; j < outputs.cols(); ++j) {
    if (outputs.col(j).allFinite()) {
      all.push_back(j);
    }
  }
  return all;
}

MatrixXd columns_of(const MatrixXd& matrix, const std::vector<Index>& columns) {
  MatrixXd some(matrix.rows(), static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    some.col(static_cast<Index>(k)) = matrix.col(columns[k]);
  }
  return some;
}

double step_length(const VectorXd& misfits, Index data, double left) {
  const double mean = misfits.mean();
  const double variance =
      (misfits.array() - mean).square().sum() / static_cast<double>(misfits.size() - 1);
  const double half = 0.5 * static_cast<double>(data);
  // A misfit of 0, or one that all share, asks for no caution.
  const double by_mean = mean > 0 ? half / mean : left;
  const double by_spread = variance > 0 ? std::sqrt(half / variance) : left;
  return std::min(std::max(by_mean, by_spread), left);
}

}  // namespace

MatrixXd gaussian_ensemble(const VectorXd& mean, const VectorXd& sd, Index members, u64 seed) {
  return (sd.asDiagonal() * normals(mean.size(), members, 0, "kalman.prior", seed)).colwise() +
         mean;
}

KalmanStep kalman_step(const GaussianData& data, const MatrixXd& ensemble, const MatrixXd& outputs,
                       double so_far, u32 number, u64 seed) {
  const std::vector<Index> sound = finite_columns(outputs);
  ensures(sound.size() >= 2, "at least two members of an ensemble have outputs");
  const MatrixXd u = columns_of(ensemble, sound), g = columns_of(outputs, sound);
  const Index members = u.cols(), size = data.mean.size();
  const double scale = 1 / std::sqrt(static_cast<double>(members - 1));
  const MatrixXd du = (u.colwise() - u.rowwise().mean()) * scale;
  const MatrixXd dg = (g.colwise() - g.rowwise().mean()) * scale;
  const Eigen::LLT<MatrixXd> noise(data.noise);
  ensures(noise.info() == Eigen::Success, "the noise of data has a positive definite covariance");

  const MatrixXd away = (-g).colwise() + data.mean;
  const MatrixXd whitened = noise.matrixL().solve(away);
  const VectorXd misfits = 0.5 * whitened.colwise().squaredNorm().transpose();
  KalmanStep step;
  step.length = step_length(misfits, size, 1 - so_far);
  step.mean_misfit = misfits.mean();
  step.failed = ensemble.cols() - members;

  // Drawn by the member's own place, so that a failure does not move the luck of others.
  const MatrixXd drawn = normals(size, ensemble.cols(), number, "kalman.observation", seed);
  MatrixXd xi = noise.matrixL() * columns_of(drawn, sound);
  xi.colwise() -= xi.rowwise().mean().eval();  // their mean is known to be 0
  const MatrixXd innovation = dg * dg.transpose() + data.noise / step.length;
  const MatrixXd moved =
      u + du * (dg.transpose() * innovation.llt().solve(away + xi / std::sqrt(step.length)));

  step.ensemble.resize(u.rows(), ensemble.cols());
  const VectorXd mean = moved.rowwise().mean();
  const MatrixXd spread = (moved.colwise() - mean) * scale;
  const MatrixXd anew = normals(members, ensemble.cols(), number, "kalman.anew", seed);
  std::size_t next = 0;
  for (Index j = 0; j < ensemble.cols(); ++j) {
    const bool is_sound = next < sound.size() && sound[next] == j;
    step.ensemble.col(j) = is_sound ? VectorXd(moved.col(static_cast<Index>(next)))
                                    : VectorXd(mean + spread * anew.col(j));
    next += is_sound ? 1 : 0;
  }
  return step;
}

}  // namespace throng
