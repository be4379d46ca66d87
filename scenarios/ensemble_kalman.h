// Ensemble Kalman inversion: parameters u whose model G(u) comes near to data y with Gaussian noise
// of covariance Gamma. No derivatives, and every member's run is independent of the others.
//
//   y = G(u) + eta,  eta ~ N(0, Gamma),  u ~ N(m, C) before
//
// With perturbed observations (Iglesias, Law, Stuart 2013, Inverse Problems 29:045001), one step of
// length h for the member j of J:
//
//   u_j <- u_j + C_uG (C_GG + Gamma / h)^-1 (y + xi_j / sqrt(h) - G(u_j)),   xi_j ~ N(0, Gamma)
//
// where C_uG and C_GG are sample covariances over the members. Steps add up to 1: then, for a
// linear model and many members, they are a sample of the posterior. Step lengths are the data
// misfit controller's (Iglesias and Yang 2021, Inverse Problems 37:025008): with M data and Phi_j =
// 1/2 |Gamma^-1/2 (y - G(u_j))|^2,
//
//   h = min(max(M / (2 mean Phi), sqrt(M / (2 var Phi))), 1 - sum of the steps before)
#pragma once
#include <Eigen/Core>

#include "sim/types.h"

namespace throng {

/// What was observed.
struct GaussianData {
  Eigen::VectorXd mean;   ///< y
  Eigen::MatrixXd noise;  ///< Gamma, positive definite
};

/// Members in columns, each component by itself N(mean, sd^2). The same on every machine.
Eigen::MatrixXd gaussian_ensemble(const Eigen::VectorXd& mean, const Eigen::VectorXd& sd,
                                  Eigen::Index members, u64 seed);

struct KalmanStep {
  Eigen::MatrixXd ensemble;  ///< after it
  double length = 0;         ///< h
  double mean_misfit = 0;    ///< mean of Phi over the members that have outputs, before it
  Eigen::Index failed = 0;   ///< members without outputs, drawn anew from the span of the others
};

/// A step of an ensemble [parameter x member] with its model's outputs [datum x member]; a member
/// whose run failed has one that is not finite. `so_far`: the lengths of the steps before; `number`
/// of this one, from 0 on, names its draws. At least two members need outputs.
KalmanStep kalman_step(const GaussianData& data, const Eigen::MatrixXd& ensemble,
                       const Eigen::MatrixXd& outputs, double so_far, u32 number, u64 seed);

}  // namespace throng
