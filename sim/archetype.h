// Archetypes: kinds of rows by crossed labels of a few columns, so that one question is asked for
// all rows of a kind. The index holds no fact of its own: it is made from columns, and made again
// where they change.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/communicator.h"
#include "sim/decision.h"
#include "sim/kind.h"

namespace throng {

/// A feature that a column of the row holds: which label a value has.
struct RowFeature {
  Feature feature;
  std::string column;         ///< an integer column of at most 16 bits
  std::vector<u16> label_of;  ///< [value]; beyond it: `otherwise`
  u16 otherwise = 0;
  u16 of(u64 value) const { return value < label_of.size() ? label_of[value] : otherwise; }
};

/// Gives a feature its labels and numbers by bands of whole numbers, from their lower bounds: {0,
/// 18, 65} gives "0-17", "18-64", "65+", each standing for the middle of its values (the last for
/// its lower bound). Throws InputError where bounds do not ascend.
void name_bands(Feature& feature, std::span<const i64> lower);

/// Bands of a whole-number column. Values below the first bound belong to the first band. Throws
/// InputError as name_bands() does.
RowFeature banded(Feature feature, std::string column, std::span<const i64> lower, u32 values);

/// Whether what features say of a row never changes.
bool are_fixed(const Kind& kind, const std::vector<RowFeature>& features);

class Archetypes {
 public:
  /// Codes are u16.
  static constexpr u32 most = 65'535;

  /// Crosses the features' labels; the last one varies fastest. Throws InputError where there are
  /// more than `most`.
  explicit Archetypes(std::vector<RowFeature> features);
  /// Every row is an archetype of its own, its code its id: to compare with. At most `most` rows.
  static Archetypes everyone(AgentId rows);

  /// Makes the codes of all rows of this rank. Throws ContractError where a column is not there or
  /// rows come and go. Collective.
  void index(const Communicator& world, const Kind& kind);
  /// The same codes once more, where a column that is no fixed one may have changed. Collective.
  void renew(const Communicator& world, const Kind& kind);

  u32 count() const { return count_; }
  /// [row] of this rank, as they were when last made.
  std::span<const u16> codes() const { return codes_; }
  /// As columns are now.
  u16 code(Row row) const { return fixed_ ? codes_[row] : code_now(row); }
  /// The same, of rows that merge_below() lets be asked as others too: their own.
  u16 own_code(Row row) const;
  /// Rows by archetype, over all ranks.
  std::span<const u64> mass() const { return mass_; }
  const std::vector<RowFeature>& features() const { return features_; }
  bool is_everyone() const { return everyone_; }
  /// Labels of an archetype, in order of the features.
  void labels_of(u32 code, std::span<u16> out) const;
  /// A hash of who an archetype's rows are and as which they are asked: of names, not of codes.
  u64 identity(u32 code) const;

  /// Archetypes with rows, but fewer than `least`, are asked as a neighbor from now on: of those
  /// that differ in one label by one step and have the most rows (the last feature goes first, ties
  /// to the lower code), until none is left or has a neighbor. After index(). Gives how many rows
  /// are asked as others.
  u64 merge_below(u64 least);

 private:
  u16 code_now(Row row) const;
  std::optional<u32> neighbor(u32 code) const;
  void fill_codes(const Kind& kind);
  void count_rows(const Communicator& world);
  std::vector<RowFeature> features_;
  u32 count_ = 1;
  bool everyone_ = false, fixed_ = true;
  const Kind* kind_ = nullptr;
  std::vector<u16> codes_;
  std::vector<u64> mass_;
  std::vector<u16> asked_as_;  // [crossed code]; empty: itself
};

/// Rows that stand for an archetype where a question is asked of single ones: K of each, at the
/// middles of K equal parts of its rows in order of the features outside of the archetype.
struct Personas {
  u32 per_archetype = 0;
  u32 features = 0;
  std::vector<u16> labels;   ///< [archetype x K x feature]
  std::vector<AgentId> who;  ///< [archetype x K]; no_agent of an empty archetype
  std::span<const u16> of(u32 archetype, u32 k) const {
    return std::span(labels).subspan((std::size_t{archetype} * per_archetype + k) * features,
                                     features);
  }
};

/// Of rows with equal features one is drawn. Collective; the same on any ranks.
Personas stratified(const Communicator& world, const Kind& kind, const Archetypes& archetypes,
                    const std::vector<RowFeature>& outside, u32 per_archetype, const Chance& chance,
                    u32 decision);

/// Rows drawn with equal chances, with replacement: what an audit asks in full.
struct Audit {
  std::vector<AgentId> who;    ///< [m]; none where nobody is there
  std::vector<u16> archetype;  ///< [m]: as which it is asked
  std::vector<u16> own;        ///< [m]: its own archetype, however few are of it
  std::vector<u16> labels;     ///< [m x feature outside]
};
Audit audited(const Communicator& world, const Kind& kind, const Archetypes& archetypes,
              const std::vector<RowFeature>& outside, u32 rows, Step step, const Chance& chance,
              u32 decision);

}  // namespace throng
