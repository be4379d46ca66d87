// A kind: a sort of row, with its columns, indexes and the hash of its content.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/chance.h"
#include "sim/column.h"
#include "sim/communicator.h"
#include "sim/index.h"
#include "sim/partition.h"

namespace throng {

class GhostColumn;

class Kind {
 public:
  /// Owned rows live on one rank each; replicated rows on all. `tag` separates the chance of kinds.
  Kind(std::string name, KindTag tag, Partition partition);

  const std::string& name() const { return name_; }
  KindTag tag() const { return tag_; }
  const Partition& partition() const { return partition_; }
  bool replicated() const { return partition_.is_replicated(); }
  const Slices& slices() const { return slices_; }
  Row rows() const { return partition_.count(); }
  /// True when rows are born, die and move.
  bool listed() const { return partition_.is_listed(); }

  struct alignas(64) Found {
    std::vector<Row> rows;
  };
  struct Entry {
    std::unique_ptr<ColumnStore> store;
    std::unique_ptr<LabelIndex> labels;  ///< when indexed
    std::unique_ptr<DateIndex> dates;    ///< when timer
    GhostColumn* ghosts = nullptr;       ///< when rows elsewhere look at it
    std::vector<std::string> label_names;
    /// Of a finding: rows written this substep, by thread. A loop that goes from cell to cell
    /// visits rows of many slices.
    std::vector<Found> found;
    /// Of a listed kind: where its value stands in a row's image, and behind it, of an indexed
    /// column, what the index noted.
    std::size_t image_at = 0, marks_at = 0;
    u64 fixed_bit = 0;  ///< of a listed kind's fixed column: a bit of its own
  };
  /// Adds a column, or finds the one already there; two declarations of one name must agree.
  Entry& add(const ColumnInfo& info);
  Entry* find(std::string_view name);
  const Entry* find(std::string_view name) const;
  const std::vector<std::unique_ptr<Entry>>& columns() const { return columns_; }
  /// Names of a label column's values, where the scenario decides them. Before the column is bound.
  void name_labels(std::string_view column, std::vector<std::string> names);

  /// The values of a column, for whoever makes the population. Added when it is not there.
  template <class C>
  std::span<typename C::Type> values(const C& column) {
    return add(column.info()).store->template as<typename C::Type>();
  }

  /// The codes by which counts are grouped: a fixed u8 column and the number of its values.
  void group_counts_by(std::string_view column, u32 cells);
  const Cells& cells() const { return cells_; }

  /// Makes every index and the hash from the columns alone, as at a restart before step `next`.
  void rebuild(Step next);
  /// Sum over all cells of this rank but findings. What content_hash() must equal.
  u64 full_hash() const;
  /// Sum over the cells of one column of this rank.
  u64 hash_of(const ColumnStore& column) const;
  /// The same over findings alone.
  u64 finding_hash() const;
  /// Makes a finding its initial value again.
  static void forget(Entry& finding);
  /// Kept up to date as cells change.
  u64 content_hash() const;
  void changed(u32 slice, u64 delta) { hash_of_[slice].value += delta; }
  void end_step();
  void tally();
  std::size_t column_bytes() const;
  /// A line for every column, by name: kind, name, type, role, unit, labels, initial bits, indexes.
  std::vector<std::string> schema() const;

  // Rows of a listed kind come and go between substeps, as images: a row's id, its cells but
  // findings, what indexes noted of it in this step. Holes are filled by those that come, then by
  // rows from the end.

  /// These rows of the kind live here now instead of those that did, whatever their cells hold;
  /// `next` is the first id that was never given. Before settle().
  void replace_rows(std::vector<AgentId> ids, AgentId next);
  /// Fixes the image: no column is added after it. Tells homes where rows live. Collective.
  void settle(const Communicator& world);
  std::size_t image_size() const { return image_size_; }
  /// A row with every column's initial value.
  std::span<const std::byte> blank_image() const { return blank_; }
  /// Bits of the fixed columns.
  u64 fixed_bits() const { return fixed_bits_; }
  enum class Why : u8 { turnover, moving };
  /// Rows that leave (in order) are counted here no more. Their images, when they move.
  std::vector<std::byte> take_out(std::span<const Row> leaving, Why why);
  /// After take_out: rows come into the places of those that left.
  void put_in(std::span<const Row> left, std::span<const std::byte> images, Why why);
  /// Ids below this one are given.
  void give_ids(AgentId next) { partition_.total_ = next; }
  /// Tells homes where rows live that came here since the last call, and who died. Collective.
  void announce(const Communicator& world);
  /// Somebody of another rank was seen: where to tell it something, until rows move again.
  void met(AgentId id, Rank rank) { partition_.list_->met.put(id, static_cast<u32>(rank)); }
  void forget_met() { partition_.list_->met.clear(); }

  /// A copy of all that a phase may change, for running the phase a second time.
  struct Snapshot {
    std::vector<std::vector<std::byte>> columns;
    std::vector<std::optional<LabelIndex>> labels;
    std::vector<std::optional<DateIndex>> dates;
    std::vector<u64> hashes;
  };
  Snapshot snapshot() const;
  void restore(const Snapshot& s);

 private:
  u64 hash_of_columns(bool findings) const;
  void check_room(std::size_t rows) const;
  struct alignas(64) SliceHash {
    u64 value = 0;
  };
  std::string name_;
  KindTag tag_;
  Partition partition_;
  Slices slices_;
  std::vector<std::unique_ptr<Entry>> columns_;
  std::vector<std::pair<std::string, std::vector<std::string>>> label_names_;
  Cells cells_;
  std::vector<SliceHash> hash_of_;
  std::size_t image_size_ = 0;
  std::vector<std::byte> blank_;
  u64 fixed_bits_ = 0;
  std::vector<std::pair<AgentId, bool>> news_;  // not yet announced: lives here, or died
};

}  // namespace throng
