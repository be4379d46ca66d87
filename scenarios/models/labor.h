// Work beside an epidemic: from what a scenario says of it to substeps, series and figures. The two
// meet in shared columns: who has no work to go to or would not go has no contacts there; the ill
// and the dead do not work; what orders close has no work.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "behaviors/labor/settings.h"
#include "behaviors/person/geography.h"
#include "scenarios/decisions.h"
#include "scenarios/model.h"
#include "scenarios/models/labor_series.h"
#include "scenarios/models/money.h"

namespace throng {

class LaborAssembly {
 public:
  /// Null where nobody works in a scenario. Throws InputError.
  static std::unique_ptr<LaborAssembly> of(const Setup& setup, const Calendar& calendar,
                                           const person::Geography& geography,
                                           std::shared_ptr<epidemic::Settings> epidemic);
  ~LaborAssembly();

  /// Throws InputError with what only more work can show to be wrong.
  void check() const;
  /// Everybody's first status, the markets, and who decides; tells the epidemic. Once, when the
  /// population stands. Collective.
  void populate(const Communicator& world, Population& population);
  /// After the substeps of the epidemic.
  void add_to(Simulation& simulation);
  void write(Results& results) const;

  std::vector<Figure> figures() const;
  std::vector<Curve> curves() const;
  std::string summary(const Outcome& outcome) const;

  const labor::Settings& settings() const { return *settings_; }
  const LaborSeries& daily() const { return *daily_; }
  /// Null where nobody is paid.
  const MoneyAssembly* money() const { return money_.get(); }
  /// Of archetypes; null where they do not decide.
  const DecisionAssembly* decision() const { return assembly_.get(); }

 private:
  LaborAssembly(const Setup& setup, const Calendar& calendar, const person::Geography& geography,
                std::shared_ptr<epidemic::Settings> epidemic);
  const Values& section() const;  // decision.works
  DecisionOffer works() const;
  /// [step]: what people without work are paid a week beyond regular benefits [USD/week].
  std::vector<double> added_benefits() const;
  std::shared_ptr<Circumstances> circumstances(std::vector<std::string> features,
                                               const std::vector<i64>& bands_of_cases) const;
  std::shared_ptr<ArchetypeDecision> by_rule() const;

  const Values& values_;
  Calendar calendar_;
  u64 seed_;
  std::string folder_;
  bool asks_;
  person::Geography geography_;
  std::shared_ptr<epidemic::Settings> epidemic_;
  std::shared_ptr<labor::Settings> settings_;
  std::unique_ptr<DecisionAssembly> assembly_;
  const LaborSeries* daily_ = nullptr;
  std::unique_ptr<MoneyAssembly> money_;
};

/// Adds what a scenario may say of work.
void declare_labor(Schema& schema);

}  // namespace throng
