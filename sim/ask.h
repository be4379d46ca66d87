// A decision of archetypes: from columns to questions, from answers to a share in force for every
// archetype, from shares to what every row does. One such decision is one ArchetypeDecision.
//
//   epoch t          features are frozen and asked about: one question per archetype with rows
//   step t + lag     shares are in force: answers, or what the ladder has instead of them
//   any row, any step   acts(row): its draw from its archetype's share, with its own temperament
//
// Its state is columns of a replicated kind, a row for each archetype, so that checkpoints, hashes
// and restarts know it like any other.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/archetype.h"
#include "sim/behavior.h"
#include "sim/simulation.h"
#include "sim/temperament.h"

namespace throng {

namespace archetype_columns {
/// No run goes on with shares of others: fixed columns are compared.
inline constexpr Fixed<u64> identity{
    .name = "archetype.identity",
    .unit = "1",
    .doc = "Hash of the labels of the archetype and of the one it is asked as."};
inline constexpr Decision<u32> share{.name = "archetype.share",
                                     .unit = "2^-20",
                                     .doc = "Share of the archetype that acts, as in force.",
                                     .initial = 0};
inline constexpr Decision<u8> rung{.name = "archetype.rung",
                                   .unit = "label",
                                   .doc =
                                       "Where the share in force came from: live of every "
                                       "answer, also one that was kept; none: nobody was of the "
                                       "archetype, and the share is that of the nearest.",
                                   .initial = static_cast<u8>(Rung::none),
                                   .labels = rung_labels};
inline constexpr Decision<u32> asked_about{
    .name = "archetype.asked_about",
    .unit = "1",
    .doc = "Lattice point of the last question: its labels crossed, the last varying fastest.",
    .initial = 0};
inline constexpr Decision<StoredStep> answered_at{
    .name = "archetype.answered_at",
    .unit = "step",
    .doc = "Epoch of the last answer that was no fallback.",
    .initial = never};
inline constexpr Decision<u32> memory{
    .name = "archetype.memory",
    .unit = "1",
    .doc =
        "The last three shares in tenths, the latest as the lowest of three digits to base 12; "
        "0: none yet.",
    .initial = 0};
// Only where rows may change what they are: who was asked, for a run that goes on from the middle
// of a lag. Behind the archetypes stands a row for each single row that is asked.
inline constexpr Decision<u64> rows{
    .name = "archetype.rows",
    .unit = "1",
    .doc = "Rows of the archetype at the epoch that was last asked about.",
    .initial = 0};
inline constexpr Decision<u32> who{.name = "archetype.who",
                                   .unit = "id",
                                   .doc = "A single row that was asked; 4294967295: none.",
                                   .initial = no_agent};
inline constexpr Decision<u32> own{.name = "archetype.own",
                                   .unit = "1",
                                   .doc = "Its own archetype then, of one drawn for an audit.",
                                   .initial = 0};
inline constexpr Decision<u32> told{
    .name = "archetype.told",
    .unit = "1",
    .doc = "Its labels then outside of the archetype, crossed, the last varying fastest.",
    .initial = 0};
}  // namespace archetype_columns

/// What changes in time and enters questions: bands on a fixed grid, from whole numbers, so that
/// any ranks ask the same.
class Circumstances {
 public:
  virtual ~Circumstances() = default;
  virtual const std::vector<Feature>& features() const = 0;
  /// Asks for the columns of replicated kinds it looks at.
  virtual void bind(Binder& b) = 0;
  /// Which label an archetype has of a feature that rows have; none where it is not told apart.
  using LabelOf = std::function<std::optional<u16>(u32 archetype, std::string_view feature)>;
  /// out[archetype x feature]: labels at the end of step `now`.
  virtual void look(Step now, u32 archetypes, const LabelOf& label_of,
                    std::span<u16> out) const = 0;
};

struct DecisionSettings {
  std::string name;  ///< "stay_home"
  std::string kind;  ///< of the rows that decide
  std::vector<RowFeature> archetype;
  bool everyone = false;            ///< every row is asked alone, whatever the archetype
  u32 sample = 0;                   ///< not 0: so many rows alone, whose answers the others take
  std::vector<RowFeature> outside;  ///< features of personas
  u32 personas = 0;                 ///< rows that stand for an archetype; 0: none is mentioned
  u32 audits = 0;                   ///< rows asked in full at every epoch
  u64 least_rows = 0;               ///< archetypes with fewer are asked as a neighbor
  u32 every = 7;                    ///< [step] between epochs; the first is step 1
  u32 lag = 1;                      ///< [step] from the epoch to the share in force, 1 to `every`
  Step last_step = 0;               ///< of the run; 0: not known
  u32 remembered = 0;               ///< shares of earlier epochs in a question, 0 to 3
  Temperament::Correlation correlation;
  std::string group_column;  ///< u8: how far a row is behind the first of its group
  std::shared_ptr<Circumstances> circumstances;

  std::shared_ptr<DecisionProvider> provider;
  std::shared_ptr<DecisionProvider> surrogate, rule;  ///< rungs of the ladder; null: not there
  std::vector<Rung> fallback;  ///< surrogate, last, rule: in the order they are tried
  u32 last_for = 0;            ///< [step] a share may go on being used as `last`; 0: ever
  /// Of an archetype's personas, that have to answer: their mean counts without the others, whose
  /// part of the rows counts as degraded. Where fewer do, what failed goes down the ladder.
  double least_answered = 1;
  /// Of rows, that may act on a fallback, for one of their archetype's personas or for all.
  double max_degraded_share = 0;
};

/// What an epoch came to, for records.
struct DecisionEpoch {
  Step asked = 0, in_force = 0;
  u32 questions = 0;
  u64 rows = 0, degraded_rows = 0;
  u64 partial_rows = 0;     ///< of archetypes whose share leaves out personas that did not answer
  u64 rows_as_nearest = 0;  ///< who acted until now as the nearest archetype: see Acting
  double mean_share = 0;
  std::array<u64, 7> rows_by_rung{};
  u32 audits = 0;                    ///< answered ones
  double correction = 0, error = 0;  ///< of mean_share, by the audits; standard error. NaN: none
  /// By archetype with rows: its code, its lattice point, its share, where from.
  struct Applied {
    u32 archetype, lattice, share;
    Rung rung;
    u64 rows;
  };
  std::vector<Applied> applied;
};

class ArchetypeDecision {
 public:
  /// Throws InputError where features, personas or lag do not fit each other.
  explicit ArchetypeDecision(DecisionSettings settings);
  /// All that a question of such a decision mentions: of archetype, lattice, memory, personas.
  static std::vector<Feature> features_of(const DecisionSettings& settings);
  ~ArchetypeDecision();

  /// Makes archetypes and personas of the rows there are, and adds the kind of the archetypes.
  /// Once, when the population stands, with all columns that features are of. Who is asked as a
  /// neighbor, for they are too few, is settled here, by how rows are when the run begins.
  /// Collective.
  void populate(const Communicator& world, Population& population, u64 seed);
  /// Who asks, at the end of a step.
  std::unique_ptr<Behavior> asker();
  /// Adds the draws' names. For behaviors that call acts().
  class Acting;
  Acting acting(Binder& b);

  const DecisionSettings& settings() const { return settings_; }
  const std::string& kind() const { return kind_; }
  const Archetypes& archetypes() const { return archetypes_; }
  const Personas& personas() const { return personas_; }
  const Temperament& temperament() const { return temperament_; }
  const std::vector<Feature>& features() const { return features_; }
  /// How many of the features, the first, are of the archetype and the lattice.
  std::size_t told_of_archetypes() const { return told_; }
  /// Their labels, of an archetype at a lattice point.
  std::vector<u16> labels(u32 archetype, u32 lattice) const;
  /// Rows that are asked as those of another archetype, for they are too few.
  u64 merged_rows() const { return merged_; }
  /// Distinct questions there can be, by features alone and of archetypes with rows.
  u64 most_questions() const;
  /// Questions of one epoch.
  u64 questions_per_epoch() const;
  u64 lattice_points() const;

  bool is_epoch(Step step) const { return step == 1 || (step > 0 && step % settings_.every == 0); }
  /// The epoch whose share is in force in a step; 0: none.
  Step epoch_in_force(Step now) const;
  /// Epochs since last asked for, in order.
  std::vector<DecisionEpoch> take_epochs() { return std::exchange(epochs_, {}); }

 private:
  class Asker;
  struct Batch;
  struct Slots;
  /// Who is asked at an epoch besides personas_.
  struct Standing {
    Step of = 0;
    std::vector<u64> mass;  // [archetype]
    Audit audit;
  };
  void stand(Step epoch);
  void stand_as(Step epoch, const Slots& slots);
  Slots slots() const;
  std::size_t singles() const;
  void freeze(Step now, std::span<const u32> memory, std::span<u32> asked_about);
  struct InForce {  // [archetype]
    std::vector<u32> asked_about, share;
    std::vector<u8> rung;
    std::vector<StoredStep> answered_at;
  };
  const Batch& answered(Step epoch, const InForce& before, const Slots& slots);
  std::unique_ptr<Batch> questions(Step epoch, std::span<const u32> asked_about) const;
  Questions asked(const Batch& batch) const;
  void leave_out(Batch& batch) const;
  void climb_down(Batch& batch, const InForce& before);
  void put_together(Batch& batch) const;
  void refuse_degraded(const Batch& batch) const;
  void record(const Batch& batch, const InForce& before);
  std::string in_words(const Batch& batch, std::size_t question) const;

  DecisionSettings settings_;
  std::string kind_;
  Archetypes archetypes_;
  Personas personas_;
  Temperament temperament_;
  std::vector<Feature> features_;
  std::size_t told_ = 0;
  const Kind* rows_ = nullptr;
  bool changing_ = false;  // what rows are told apart by, or of personas
  Standing standing_;
  Communicator world_;
  Chance chance_{0};
  u64 merged_ = 0;
  std::unique_ptr<Batch> pending_, answered_;
  std::vector<DecisionEpoch> epochs_;
};

/// Whether rows act on a decision: what a behavior asks. A row whose columns changed acts as what
/// it is now. Where nobody was of that archetype at the epoch, it has the share of the nearest that
/// somebody was of (Archetypes::nearest) until the next. Where features are of columns that change,
/// not in a phase that writes them.
class ArchetypeDecision::Acting {
 public:
  Acting() = default;
  explicit operator bool() const { return decision_ != nullptr; }
  bool operator()(const SeenRow& me, Step now) const {
    const u32 in_force = share_.at(decision_->archetypes_.code(me.row()));
    if (in_force == 0 || in_force >= whole_share) {
      return in_force != 0;
    }
    const AgentId id = me.id();
    return decision_->temperament_.acts(in_force, group_ ? id - me[group_] : id, id,
                                        decision_->epoch_in_force(now));
  }
  /// out[k] = whether the k-th row of a block acts, several times as fast.
  template <class RowType>
  void operator()(const Block<RowType>& block, Step now, std::span<u8> out) const {
    std::array<u32, Block<RowType>::most> share;
    std::array<AgentId, Block<RowType>::most> id, group;
    const std::size_t n = block.size();
    for (std::size_t k = 0; k < n; ++k) {
      const RowType me = block.row(k);
      share[k] = share_.at(decision_->archetypes_.code(me.row()));
      id[k] = me.id();
      group[k] = group_ ? id[k] - me[group_] : id[k];
    }
    decision_->temperament_.act(std::span(share.data(), n), std::span(group.data(), n),
                                std::span(id.data(), n), decision_->epoch_in_force(now),
                                out.first(n));
  }

 private:
  friend class ArchetypeDecision;
  const ArchetypeDecision* decision_ = nullptr;
  Sees<u32> share_;
  Reads<u8> group_;
};

}  // namespace throng
