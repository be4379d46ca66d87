// Who stays home, by rule: a logistic function of the order in force and of reported cases.
#pragma once
#include <array>
#include <span>
#include <string_view>

#include "sim/decision.h"

namespace throng::epidemic {

/// What cells (borough and age band) ask in one week: row k of `features` is of cell k.
struct CellQuestions {
  std::span<const std::string_view> names;  ///< of the features
  std::span<const double> features;         ///< [cell x feature]
  std::size_t count() const { return names.empty() ? 0 : features.size() / names.size(); }
};

/// What share of each cell stays home.
class CellProvider {
 public:
  virtual ~CellProvider() = default;
  virtual std::string_view name() const = 0;
  /// shares[k]: the share of cell k, in [0, whole_share]. Equal on every rank.
  virtual void answer(const CellQuestions& questions, std::span<u32> shares) const = 0;
};

/// What a question about staying home mentions, in this order.
inline constexpr std::array<std::string_view, 4> stay_home_features = {
    "age band", "borough", "cases per 100,000 a week", "order in force"};

/// share = logistic(intercept + order * order in force + cases * ln(1 + cases per 100,000 a week)).
class StayHomeRule final : public CellProvider {
 public:
  struct Coefficients {
    double intercept = 0, order = 0, cases = 0;
  };
  explicit StayHomeRule(Coefficients coefficients) : coefficients_(coefficients) {}
  std::string_view name() const override { return "rule"; }
  /// Questions mention "order in force" and "cases per 100,000 a week" (ContractError).
  void answer(const CellQuestions& questions, std::span<u32> shares) const override;

 private:
  Coefficients coefficients_;
};

}  // namespace throng::epidemic
