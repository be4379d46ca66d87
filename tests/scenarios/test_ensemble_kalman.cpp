// Ensemble Kalman inversion against posteriors that are known.
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>

#include <Eigen/LU>
#include <catch2/catch.hpp>

#include "scenarios/ensemble_kalman.h"

namespace throng {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Model = std::function<Vector(const Vector&)>;

struct Inverted {
  Matrix ensemble;
  int steps = 0;
  double first_misfit = 0, last_misfit = 0;
};

Inverted invert(const GaussianData& data, Matrix ensemble, const Model& model, u64 seed) {
  Inverted inverted;
  double time = 0;
  while (time < 1) {
    Matrix outputs(data.mean.size(), ensemble.cols());
    for (Eigen::Index j = 0; j < ensemble.cols(); ++j) {
      outputs.col(j) = model(ensemble.col(j));
    }
    const KalmanStep step =
        kalman_step(data, ensemble, outputs, time, static_cast<u32>(inverted.steps), seed);
    REQUIRE(step.length > 0);
    inverted.first_misfit = inverted.steps == 0 ? step.mean_misfit : inverted.first_misfit;
    inverted.last_misfit = step.mean_misfit;
    time = 1 - time - step.length < 1e-12 ? 1 : time + step.length;
    ensemble = step.ensemble;
    ++inverted.steps;
    REQUIRE(inverted.steps < 100);
  }
  inverted.ensemble = ensemble;
  return inverted;
}

Matrix covariance(const Matrix& ensemble) {
  const Matrix d = ensemble.colwise() - ensemble.rowwise().mean();
  return d * d.transpose() / static_cast<double>(ensemble.cols() - 1);
}

/// Within 4 standard errors, and says what they are. Of a sample of n: of a mean sqrt(v / n), of a
/// variance v sqrt(2 / n), of a covariance sqrt((v_i v_j + c^2) / n).
void check_near(const char* what, double found, double expected, double standard_error) {
  std::printf("%s: %.5f, expected %.5f +- %.5f\n", what, found, expected, standard_error);
  CHECK(std::abs(found - expected) < 4 * standard_error);
}

void check_gaussian(const Matrix& ensemble, const Vector& mean, const Matrix& c, double steps) {
  const auto n = static_cast<double>(ensemble.cols());
  const Matrix found = covariance(ensemble);
  const Vector center = ensemble.rowwise().mean();
  // Every step draws once more: errors of as many samples add.
  const double more = std::sqrt(1 + steps);
  std::printf("n = %.0f, %.0f steps\n", n, steps);
  for (Eigen::Index i = 0; i < mean.size(); ++i) {
    check_near("mean", center(i), mean(i), more * std::sqrt(c(i, i) / n));
    for (Eigen::Index k = 0; k <= i; ++k) {
      check_near("covariance", found(i, k), c(i, k),
                 more * std::sqrt((c(i, i) * c(k, k) + c(i, k) * c(i, k)) / n));
    }
  }
}

GaussianData line_data() {
  // y = a + b x at x = -2 ... 3, with correlated noise.
  GaussianData data{Vector(6), Matrix(6, 6)};
  data.mean << -3.2, -0.8, 1.1, 3.4, 4.7, 7.3;
  for (int i = 0; i < 6; ++i) {
    for (int k = 0; k < 6; ++k) {
      data.noise(i, k) = 0.25 * std::exp(-std::abs(i - k) / 1.5);
    }
  }
  return data;
}

Matrix line_model() {
  Matrix a(6, 2);
  for (int i = 0; i < 6; ++i) {
    a.row(i) << 1, i - 2;
  }
  return a;
}

}  // namespace

TEST_CASE("the inversion of a linear model samples the posterior of the conjugate formula",
          "[ensemble_kalman][statistics]") {
  const GaussianData data = line_data();
  const Matrix a = line_model();
  const Vector mean = Vector::Zero(2), sd = Vector::Constant(2, 2.0);
  // C' = (C^-1 + A^T Gamma^-1 A)^-1, m' = C' (C^-1 m + A^T Gamma^-1 y)
  const Matrix precision = Matrix::Identity(2, 2) / 4;
  const Matrix inverse = data.noise.inverse();
  const Matrix posterior = (precision + a.transpose() * inverse * a).inverse();
  const Vector center = posterior * (a.transpose() * inverse * data.mean);

  const Inverted found = invert(
      data, gaussian_ensemble(mean, sd, 5'000, 5), [&](const Vector& u) { return Vector(a * u); },
      5);

  CHECK(found.steps > 1);
  check_gaussian(found.ensemble, center, posterior, found.steps);
}

TEST_CASE("a model without noise in its data's direction leaves the prior as it is",
          "[ensemble_kalman][statistics]") {
  GaussianData data{Vector::Constant(1, 3.0), Matrix::Identity(1, 1)};
  const Vector mean = Vector::Constant(2, 1.0), sd = Vector::Constant(2, 0.5);

  const Inverted found = invert(
      data, gaussian_ensemble(mean, sd, 5'000, 8),
      [](const Vector&) { return Vector::Constant(1, 1.0); }, 8);

  check_gaussian(found.ensemble, mean, Matrix::Identity(2, 2) * 0.25, 0);
}

TEST_CASE("a growth rate and a begin are found again from noisy logarithms' exponentials",
          "[ensemble_kalman]") {
  // Nonlinear: y_t = exp(r (t - s)); the answer by brute force over a grid of (r, s).
  const double r = 0.25, s = 6;
  GaussianData data{Vector(20), 0.04 * Matrix::Identity(20, 20)};
  const Model model = [](const Vector& u) {
    Vector y(20);
    for (int t = 0; t < 20; ++t) {
      y(t) = std::sqrt(std::exp(u(0) * (t - u(1))));
    }
    return y;
  };
  Vector truth(2);
  truth << r, s;
  data.mean = model(truth);
  for (int t = 0; t < 20; ++t) {
    data.mean(t) += t % 3 == 0 ? 0.2 : t % 3 == 1 ? -0.15 : 0.05;
  }
  Vector mean(2), sd(2);
  mean << 0.2, 4.0;
  sd << 0.08, 3.0;
  double weight = 0;
  Vector expected = Vector::Zero(2), square = Vector::Zero(2);
  for (int i = 0; i <= 800; ++i) {
    for (int k = 0; k <= 800; ++k) {
      Vector u(2);
      u << mean(0) + sd(0) * (i - 400) / 80.0, mean(1) + sd(1) * (k - 400) / 80.0;
      const double prior = ((u - mean).array() / sd.array()).square().sum();
      const double w = std::exp(-0.5 * (prior + (data.mean - model(u)).squaredNorm() / 0.04));
      weight += w;
      expected += w * u;
      square += w * u.cwiseProduct(u);
    }
  }
  expected /= weight;
  const Vector spread = (square / weight - expected.cwiseProduct(expected)).cwiseSqrt();

  const Inverted found = invert(data, gaussian_ensemble(mean, sd, 2'000, 3), model, 3);

  const Vector center = found.ensemble.rowwise().mean();
  const Vector width = covariance(found.ensemble).diagonal().cwiseSqrt();
  std::printf("%d steps, misfit %.1f to %.1f\n", found.steps, found.first_misfit,
              found.last_misfit);
  for (Eigen::Index i = 0; i < 2; ++i) {
    std::printf("%.4f (sd %.4f), by the grid %.4f (sd %.4f)\n", center(i), width(i), expected(i),
                spread(i));
    // The method is exact for linear models only: half a standard deviation, and a third of it.
    CHECK(std::abs(center(i) - expected(i)) < 0.5 * spread(i));
    CHECK(width(i) > 0.67 * spread(i));
    CHECK(width(i) < 1.5 * spread(i));
  }
}

TEST_CASE("members that failed are drawn anew, and move nobody else's luck", "[ensemble_kalman]") {
  const GaussianData data = line_data();
  const Matrix a = line_model();
  const Matrix ensemble = gaussian_ensemble(Vector::Zero(2), Vector::Constant(2, 2.0), 4'000, 2);
  Matrix outputs = a * ensemble;
  const KalmanStep whole = kalman_step(data, ensemble, outputs, 0, 0, 2);
  outputs.col(7).setConstant(std::numeric_limits<double>::quiet_NaN());
  outputs(3, 1'234) = std::numeric_limits<double>::infinity();

  const KalmanStep step = kalman_step(data, ensemble, outputs, 0, 0, 2);

  CHECK(whole.failed == 0);
  CHECK(step.failed == 2);
  CHECK(step.ensemble.allFinite());
  const Matrix moved = step.ensemble - whole.ensemble;
  const Vector sd = covariance(whole.ensemble).diagonal().cwiseSqrt();
  for (Eigen::Index j = 0; j < moved.cols(); ++j) {
    if (j != 7 && j != 1'234) {
      REQUIRE(moved.col(j).cwiseAbs().cwiseQuotient(sd).maxCoeff() < 0.1);
    }
  }
  CHECK(step.ensemble.col(7) != whole.ensemble.col(7));
}

TEST_CASE("an ensemble depends on its seed and on nothing else", "[ensemble_kalman]") {
  const Vector mean = Vector::Zero(3), sd = Vector::Ones(3);

  const Matrix few = gaussian_ensemble(mean, sd, 10, 1), many = gaussian_ensemble(mean, sd, 50, 1);

  CHECK(few == many.leftCols(10));
  CHECK(few != gaussian_ensemble(mean, sd, 10, 2));
}

}  // namespace throng
