// A known law that answers: for tests of everything between a question and an action. The
// probability of a single row may depend on what its archetype does not tell, and on itself.
#pragma once
#include <vector>

#include "io/surrogate.h"
#include "sim/chance.h"
#include "sim/decision.h"

namespace throng {

/// log-odds = table(features) + personal * z(row), with z standard normal and the row's own.
class LawProvider final : public DecisionProvider {
 public:
  struct Law {
    double personal = 0;  ///< standard deviation of the personal term
    double failing = 0;   ///< share of the questions that get no answer
  };
  /// `decision`: decision_number(). Throws InputError where the table does not fit the features.
  LawProvider(Surrogate table, Law law, std::string_view decision,
              std::span<const Feature> features, u64 seed);
  std::string_view name() const override { return "law"; }
  void answer(const Questions& questions, std::span<Answer> answers) override;
  /// Of one row in one world. `who` no_agent: without a personal term.
  double probability(std::span<const Feature> features, std::span<const u16> values,
                     AgentId who) const;
  std::vector<Draw> draws() const override;

 private:
  double probability(double log_odds, AgentId who) const;
  SurrogateTable table_;
  Law law_;
  Chance chance_;
  u32 decision_;
};

}  // namespace throng
