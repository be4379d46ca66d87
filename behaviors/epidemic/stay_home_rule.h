// Who stays home, by rule: a logistic function of the order in force and of reported cases.
#pragma once
#include <array>

#include "sim/decision.h"

namespace throng::epidemic {

/// What a question about staying home mentions, in this order.
inline constexpr std::array<std::string_view, 4> stay_home_features = {
    "age band", "borough", "cases per 100,000 a week", "order in force"};

/// share = logistic(intercept + order * order in force + cases * ln(1 + cases per 100,000 a week)).
class StayHomeRule final : public DecisionProvider {
 public:
  struct Coefficients {
    double intercept = 0, order = 0, cases = 0;
  };
  explicit StayHomeRule(Coefficients coefficients) : coefficients_(coefficients) {}
  std::string_view name() const override { return "rule"; }
  /// Questions mention "order in force" and "cases per 100,000 a week" (ContractError).
  void answer(const Questions& questions, std::span<u32> shares) const override;

 private:
  Coefficients coefficients_;
};

}  // namespace throng::epidemic
