// Archetypes: kinds of rows by crossed labels of a few columns, so that one question is asked for
// all rows of a kind. The index holds no fact of its own: it is made from columns, and made again
// where they change.
#pragma once
#include <array>
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
  /// So many rows, drawn alike and none twice, are asked alone, and everybody else takes the answer
  /// of one of them, drawn alike: to compare with. `decision`: decision_number().
  static Archetypes sampled(AgentId rows, u32 sample, const Chance& chance, u32 decision);

  /// Makes the codes of all rows of this rank, whose columns stay where they are. Throws
  /// ContractError where a column is not there or rows come and go. Collective.
  void index(const Communicator& world, const Kind& kind);
  /// The same codes once more, where a column that is no fixed one may have changed. Collective.
  void renew(const Communicator& world, const Kind& kind);

  u32 count() const { return count_; }
  /// [row] of this rank, as they were when last made.
  std::span<const u16> codes() const { return codes_; }
  /// As columns are now.
  u16 code(Row row) const { return fixed_ ? codes_[row] : code_now(row); }
  /// The same, of rows that merge_below() lets be asked as others too: their own.
  u16 own_code(Row row) const {
    if (everyone_) {
      return codes_[row];
    }
    u32 code = 0;
    for (const CodePart& part : parts_) {
      code += part.of(row);
    }
    return static_cast<u16>(code);
  }
  /// False where a column may change: codes() are then as of the last index() or renew().
  bool fixed() const { return fixed_; }
  /// Archetypes that rows can come to be asked as, with the columns they have.
  u32 within_reach() const;
  /// [archetype]: itself where `mass` has rows of it, else the nearest that has: fewest steps of
  /// labels in all, then most rows, then the lowest code. Empty where nobody is anywhere.
  std::vector<u16> nearest(std::span<const u64> mass) const;
  /// Rows by archetype, over all ranks.
  std::span<const u64> mass() const { return mass_; }
  const std::vector<RowFeature>& features() const { return features_; }
  /// Whether single rows are asked: all, or a sample; and which one an archetype is then.
  bool of_single_rows() const { return everyone_; }
  AgentId row_of(u32 code) const { return sample_.empty() ? code : sample_[code]; }
  /// As which archetype one is asked: itself, but for merge_below().
  u32 asked_as(u32 code) const { return asked_as_.empty() ? code : asked_as_[code]; }
  /// Labels of an archetype, in order of the features.
  void labels_of(u32 code, std::span<u16> out) const;
  /// A hash of who an archetype's rows are and as which they are asked: of names, not of codes.
  u64 identity(u32 code) const;

  /// Archetypes with rows, but fewer than `least`, are asked as a neighbor from now on: of those
  /// that differ in one label by one step and have the most rows (the last feature goes first, ties
  /// to the lower code), until none is left or has a neighbor. After index(). Gives how many rows
  /// are asked as others. renew() merges no others: who is asked as whom stays as it is.
  u64 merge_below(u64 least);

 private:
  /// What one feature adds to a row's code.
  struct CodePart {
    const std::byte* values = nullptr;
    bool wide = false;      ///< u16, not u8
    std::vector<u16> adds;  ///< [value]
    u16 of(Row row) const {
      return adds[wide ? reinterpret_cast<const u16*>(values)[row] : static_cast<u8>(values[row])];
    }
  };
  u16 code_now(Row row) const {
    const u16 code = own_code(row);
    return asked_as_.empty() ? code : asked_as_[code];
  }
  std::optional<u32> neighbor(u32 code) const;
  void fill_codes(const Kind& kind);
  void count_rows(const Communicator& world);
  std::vector<RowFeature> features_;
  u32 count_ = 1;
  bool everyone_ = false, fixed_ = true;
  std::vector<AgentId> sample_;  // [code]; empty: not of a sample
  Chance chance_{0};
  u32 decision_ = 0;
  std::vector<CodePart> parts_;
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

/// Labels crossed to one number, the last varying fastest; and back.
u64 labels_crossed(const std::vector<RowFeature>& features);
u32 crossed(const std::vector<RowFeature>& features, std::span<const u16> labels);
void uncrossed(const std::vector<RowFeature>& features, u32 number, std::span<u16> out);

/// Of rows with equal features one is drawn. Collective; the same on any ranks.
Personas stratified(const Communicator& world, const Kind& kind, const Archetypes& archetypes,
                    const std::vector<RowFeature>& outside, u32 per_archetype, const Chance& chance,
                    u32 decision);

/// The names that personas, audits and samples are drawn under.
std::array<Draw, 4> archetype_draws();

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
