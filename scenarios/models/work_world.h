// What archetypes are told of the world when they say whether they would work.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "behaviors/epidemic/stay_home_world.h"
#include "behaviors/labor/work_rule.h"
#include "sim/ask.h"

namespace throng {

inline constexpr std::string_view benefits_feature = "added_benefits", quarter_feature = "quarter";

/// reported_cases, trend, order_in_force   as those who may stay home are told (StayHomeWorld)
/// added_benefits   what is paid to the unemployed beyond regular benefits [USD/week]; in bands
/// quarter          of years since the run began: first, second, third, fourth and later
class WorkWorld final : public Circumstances {
 public:
  /// `benefits`: [step], `quarters`: [step]. Throws InputError where there is no such feature.
  WorkWorld(std::shared_ptr<const epidemic::Settings> settings, std::vector<std::string> features,
            std::vector<i64> bands_of_cases, std::vector<double> benefits);
  const std::vector<Feature>& features() const override { return features_; }
  void bind(Binder& b) override { of_epidemic_.bind(b); }
  void look(Step now, u32 archetypes, const LabelOf& label_of, std::span<u16> out) const override;

 private:
  std::vector<double> benefits_;
  epidemic::StayHomeWorld of_epidemic_;
  std::vector<Feature> features_;
  std::vector<std::size_t> from_;  // [feature]: which of the epidemic's; `own` for the others
};

/// The rule of behaviors/labor in the bands of questions: each stands for its middle. Questions
/// mention reported_cases and added_benefits.
class BandedWorkRule final : public DecisionProvider {
 public:
  explicit BandedWorkRule(labor::WorkRule rule) : rule_(rule) {}
  std::string_view name() const override { return "rule"; }
  void answer(const Questions& questions, std::span<Answer> answers) override;

 private:
  labor::WorkRule rule_;
};

}  // namespace throng
