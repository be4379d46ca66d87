// How far a fit is, in a file of its folder: the ensemble after each step, the first the prior's.
#pragma once
#include <string>
#include <vector>

#include <Eigen/Core>

namespace throng {

struct FitStep {
  Eigen::MatrixXd ensemble;  ///< [parameter x member]
  double so_far = 0;         ///< the lengths of the steps up to here; 1: the fit is done
  double length = 0;         ///< of the step that led here
  double mean_misfit = 0;    ///< before it
  Eigen::Index failed = 0;
};

std::string fit_state_text(const std::vector<FitStep>& steps);

/// Throws IoError where the file is damaged, or of a fit of other parameters or members.
std::vector<FitStep> read_fit_state(const std::string& file, Eigen::Index parameters,
                                    Eigen::Index members);

}  // namespace throng
