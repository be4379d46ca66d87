// A surrogate from a ledger: ridge logistic regression of a model's answers on what the questions
// mentioned, weighted by the rows they stood for, with its errors where it was not shown the
// answers.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "io/ledger.h"
#include "io/surrogate.h"
#include "sim/decision.h"

namespace throng {

/// Answers to questions that mention the same are one point.
struct FitPoint {
  std::vector<u16> values;  ///< [feature]: which label
  double share = 0;         ///< mean of the answers, by weight
  double weight = 1;        ///< of all points the mean is 1
  u64 answers = 1;
};
struct FitData {
  std::vector<Feature> features;
  std::vector<FitPoint> points;  ///< in order of their values
  u64 unanswered = 0;            ///< questions without an answer, left out
  u64 audits = 0;                ///< of single rows that stand for no others, left out
};

/// The answers of a ledger to questions of one decision (empty: of the only one there is). Throws
/// InputError, whose message begins with `place`, where there are none, or of several decisions.
FitData fit_data(const Ledger& ledger, std::string_view decision,
                 const std::string& place = "ledger");

/// An intercept and, for each feature by its form, a term for the number or for each label.
std::vector<Coefficient> terms_of(const std::vector<Feature>& features,
                                  const std::vector<Coefficient::Form>& forms);

/// The values b of the terms that maximize
///   sum over points of w (y ln p + (1 - y) ln(1 - p)) - ridge / 2 sum over terms of v b^2,
/// p = logistic(x b), v = 0 of the intercept, 1 of a label, the variance of x of a number. By
/// iteratively reweighted least squares. ridge > 0.
std::vector<double> fit_ridge(const FitData& data, const std::vector<Coefficient>& terms,
                              double ridge);

struct FitOptions {
  u32 folds = 10;  ///< of the cross-validation, by lattice points where there are enough
  double largest_error = 0.05;  ///< of a region that is certified, in share
};
struct SurrogateReport {
  Surrogate surrogate;
  double ridge = 0;
  double cv_rmse = 0, cv_log_loss = 0;  ///< by weight, in share and in nats
  double mean_log_loss = 0;             ///< of the mean of all answers, to compare with
  u64 lattice_points = 0;
  /// False where the last of 100 steps was no small one: where all answers are 0, or all 100, the
  /// likelihood has its most nowhere.
  bool settled = true;
};
/// Forms of the lattice's features and the ridge are those of the least cross-validated log loss.
/// Throws InputError where there are fewer than `folds` points.
SurrogateReport fit_surrogate(const FitData& data, const FitOptions& options = {},
                              const std::string& place = "ledger");

}  // namespace throng
