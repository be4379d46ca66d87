// What a fit says of itself: as text, as JSON and as tables.
#pragma once
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "scenarios/scenario_file.h"
#include "tools/fit_design.h"
#include "tools/fit_scores.h"

namespace throng {

struct FitOutcome {
  struct Step {
    double length = 0, mean_misfit = 0;
    Eigen::Index failed = 0;
  };
  const FitDesign& design;
  Eigen::MatrixXd ensemble;  ///< a sample of the posterior, on the parameters' scales
  Eigen::Index data = 0;     ///< how many numbers were fitted
  double so_far = 0;         ///< 1: the steps came to their end
  std::vector<Step> steps{};
  std::vector<Predicted> predicted{}, before{};  ///< under the posterior; of the scenario as it was
  std::vector<Override> changes{};               ///< of the fitted scenario against it
  std::string failures{};                        ///< runs, one a line
};

std::string fit_text(const FitOutcome& outcome);
nlohmann::ordered_json fit_json(const FitOutcome& outcome);
/// A row for each window of each area: observed, mean, and the predictive interval.
std::string predicted_csv(const FitOutcome& outcome);
/// A row for each member.
std::string posterior_csv(const FitOutcome& outcome);

}  // namespace throng
