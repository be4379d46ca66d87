// What archetypes are told of the epidemic when they decide whether to stay home.
#pragma once
#include <string>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "sim/ask.h"

namespace throng::epidemic {

/// Names of what questions about staying home may mention of the world.
inline constexpr std::string_view reported_cases_feature = "reported_cases",
                                  trend_feature = "trend", order_feature = "order_in_force";
/// Lower bounds of the bands of reported cases, unless a scenario has its own.
inline constexpr i64 case_bands[] = {0, 10, 50, 100, 200, 400};

/// reported_cases   in the last week, per 100,000 people of the borough, or of all boroughs where
///                  archetypes are not told apart by borough; in bands
/// trend            these against those of the week before: below 1/2 falling fast, below 4/5
///                  falling, up to 5/4 steady, up to 2 rising, above it rising fast; steady where
///                  both are below 5. These bounds, and those of the bands, are assumptions: no
///                  source says how finely people look
/// order_in_force   none, advice, order
class StayHomeWorld final : public Circumstances {
 public:
  /// `features`: which of these, in order. Throws InputError where there is no such feature or
  /// bands do not begin at 0 and ascend.
  StayHomeWorld(const Settings& settings, std::vector<std::string> features,
                std::vector<i64> bands);
  const std::vector<Feature>& features() const override { return features_; }
  void bind(Binder& b) override;
  void look(Step now, u32 archetypes, const LabelOf& label_of, std::span<u16> out) const override;

  /// Labels of the trend, 0 to 4.
  static u16 trend(i64 last_week, i64 week_before);

 private:
  // Not the settings themselves: they hold the decision that holds this.
  std::vector<u8> order_in_force_;  // [step]
  u32 every_;
  std::vector<i64> bands_;
  std::vector<Feature> features_;
  Sees<i64> last_week_, week_before_, people_;
  u32 boroughs_ = 0;
};

/// The rule of stay_home_rule.h in the bands of questions: each stands for its middle.
class BandedRule final : public DecisionProvider {
 public:
  explicit BandedRule(StayHomeRule::Coefficients coefficients) : rule_(coefficients) {}
  std::string_view name() const override { return "rule"; }
  /// Questions mention reported_cases and order_in_force (ContractError; needs() before).
  void answer(const Questions& questions, std::span<Answer> answers) override;

 private:
  StayHomeRule rule_;
};

}  // namespace throng::epidemic
