// The model of epidemics: an infectious disease in a population of people from tables, files or a
// made-up town.
#pragma once
#include <memory>
#include <vector>

#include "behaviors/epidemic/calibration.h"
#include "behaviors/person/geography.h"
#include "scenarios/city/built.h"
#include "scenarios/decisions.h"
#include "scenarios/model.h"
#include "scenarios/models/epidemic_recorders.h"
#include "scenarios/models/labor.h"

namespace throng {

class Run;
class UserSource;

class EpidemicModel final : public Model {
 public:
  explicit EpidemicModel(const Setup& setup);
  ~EpidemicModel() override;

  std::string_view kind() const override;
  AgentId agents() const override { return people_; }
  void check() const override;
  Population populate(const Layout& layout) override;
  void add_to(Simulation& simulation) override;

  void write(Results& results) const override;
  std::vector<const DecisionAssembly*> decisions() const override;
  bool in_snapshots(const Kind& kind) const override { return kind.name() == this->kind(); }
  std::span<const i64> file_ids() const override { return file_ids_; }

  Words words() const override { return {.one = "person", .many = "people"}; }
  const Calendar* calendar() const override { return &calendar_; }
  std::string progress() const override;
  std::vector<Figure> built() const override;
  std::vector<Figure> figures() const override;
  std::vector<Curve> curves() const override;
  std::string summary(const Outcome& outcome) const override;
  std::string spread(std::span<const Outcome> outcomes) const override;
  std::string in_brief(const Outcome& outcome) const override;

  const epidemic::Settings& settings() const { return *settings_; }
  const EpidemicSeries& daily() const { return *daily_; }
  /// Rate of infection per contact-day at weight 1; known once the population stands.
  double beta() const { return beta_; }
  /// Of archetypes, once the population stands; null where they do not decide.
  const DecisionAssembly* decision() const { return decision_.get(); }
  /// Null where nobody works.
  const LaborAssembly* labor() const { return labor_.get(); }
  /// Null for a population with edges of its own, on which R0 is not defined, and where beta was
  /// given and the disease has too many courses to count.
  const epidemic::NextGeneration* next_generation() const { return next_generation_.get(); }

 private:
  const Values& section() const;  // decision.stay_home
  DecisionOffer stay_home() const;
  void add_decision(const Communicator& world, Population& population);
  void find_rate(const Communicator& world, Population& population);
  void add_edges(Population& population) const;
  const UserSource* own() const;

  const Values& values_;
  Calendar calendar_;
  u64 seed_;
  AgentId people_ = 0;
  std::vector<double> age_bands_;
  std::unique_ptr<PopulationSource> source_;  // until the population stands
  person::Geography geography_;
  std::shared_ptr<epidemic::Settings> settings_;
  std::vector<i64> file_ids_, file_places_;  // [agent], [place]; empty unless from files
  double beta_ = 0;
  std::unique_ptr<epidemic::NextGeneration> next_generation_;
  const EpidemicSeries* daily_ = nullptr;
  const TransmissionRecorder* transmissions_ = nullptr;
  std::string folder_;
  bool asks_ = true;
  std::unique_ptr<DecisionAssembly> decision_;  // of archetypes
  std::unique_ptr<LaborAssembly> labor_;
};

ModelEntry epidemic_model();

/// The epidemic of a run, and of what runs beside one. ContractError where it is none.
const EpidemicModel& epidemic_of(const Model& model);
const EpidemicModel& epidemic_of(const Run& run);

/// The population a scenario asks for; unless it has a seed of its own, that of the run plus
/// `seed_offset`.
std::unique_ptr<PopulationSource> source_of(const Values& values, u64 seed_offset = 0);

}  // namespace throng
