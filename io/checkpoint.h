// Checkpoints: the whole state after a step in one HDF5 file, in order of id, so that any number of
// ranks can go on from it. Values are raw, written and read by all ranks at once; hashes stand in a
// side file (.json), by which a damaged checkpoint is known before the library opens it.
//
//   /KIND/COLUMN        values in order of id
//   /KIND/id            of rows that come and go: whose they are
//   /KIND/stored        where it is there: 1 for each row, by id, that has values in the columns;
//   the
//                       others are in all of them as they began
//   /numbers/NAME       counts that no column holds
//   /scenario, /schema  texts, and the attributes of the root
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/communicator.h"
#include "sim/restart.h"
#include "sim/simulation.h"

namespace throng {

class SharedFile;

inline constexpr char checkpoint_format[] = "throng-checkpoint";

/// What a checkpoint says of itself, in its side file.
struct CheckpointInfo {
  Step step = 0;
  u64 seed = 0;
  u64 content_hash = 0;
  /// Of the declared columns.
  std::string fingerprint{};
  /// Sums of the hashes of cells, by "KIND/COLUMN"; fixed columns included, wherever they are.
  std::map<std::string, u64> columns{};
  /// Of who is connected with whom, by name.
  std::map<std::string, u64> networks{};
  /// Bytes of the file, and hashes of its pieces in order.
  u64 bytes = 0;
  std::vector<u64> pieces{};
};

/// Pieces of a checkpoint that are hashed each by itself, by whichever rank [byte].
inline constexpr u64 checkpoint_piece = u64{1} << 22;

/// "ckpt-00000100.h5"
std::string checkpoint_name(Step step);
/// The side file of a checkpoint.
std::filesystem::path side_file_of(const std::filesystem::path& checkpoint);

/// What the writer of the checkpoints of one run knows of it from the beginning.
struct Unchanging {
  /// The scenario, every default filled in; of all columns, see Population::schema().
  std::string scenario, schema;
  u64 seed = 0;
  std::map<std::string, u64> columns;  ///< fixed ones of rows that stay
  std::map<std::string, u64> networks;
};
/// Hashes what never changes. Collective.
Unchanging unchanging(const Communicator& world, const Population& population, std::string scenario,
                      u64 seed);

/// Writes the state after the last step, flushes it to the disk, reads it again and compares it
/// with what is in memory; then it stands at `path`, and its side file beside it. Collective.
/// Throws IoError on all ranks alike; then nothing is left.
CheckpointInfo write_checkpoint(const Communicator& world, const std::filesystem::path& path,
                                const Simulation& simulation, const Unchanging& what);
/// The fixed columns of rows that stay, in a file of the same form.
void write_fixed_columns(const Communicator& world, const std::filesystem::path& path,
                         const Simulation& simulation, const Unchanging& what);

/// The text of a side file. Throws IoError, naming the file, on one that is damaged or not ours.
CheckpointInfo checkpoint_info(const std::filesystem::path& side_file);
/// Whether a file is what its side file says, by size and hashes. Collective. Throws IoError on all
/// ranks alike.
void verify_checkpoint(const Communicator& world, const std::filesystem::path& path,
                       const CheckpointInfo& info);

/// A checkpoint to go on from, verified.
class Checkpoint final : public Past {
 public:
  /// Collective. Throws IoError on all ranks alike when it is absent, damaged or not ours.
  Checkpoint(const Communicator& world, const std::filesystem::path& path);
  ~Checkpoint() override;

  const CheckpointInfo& info() const { return info_; }
  const std::string& scenario() const { return scenario_; }
  const std::string& schema() const { return schema_; }
  Step step() const override { return info_.step; }
  /// Throws InputError naming the columns that are declared in another way here.
  void check(const Population& population) const override;
  void fill(Kind& kind) const override;
  const std::map<std::string, std::vector<i64>>& numbers() const override { return numbers_; }
  /// Throws InputError naming the fixed columns and networks that are others here than where it was
  /// written. Collective.
  void compare(const Communicator& world, const Population& population) const;

 private:
  struct Array {
    DataType type = DataType::u8_;
    u64 begin = 0, rows = 0;
  };
  /// Which rows of a kind have values there.
  struct Stored {
    u64 total = 0, first = 0;  ///< rows that have; those before the ones of this rank
    std::vector<u8> flags{};   ///< [id]; empty: all
  };
  const Array& array_of(const Kind& kind, std::string_view column) const;
  void fill(const Kind& kind, ColumnStore& column, const Stored& stored) const;
  [[noreturn]] void refuse_length(const Kind& kind, std::string_view column, u64 there,
                                  u64 here) const;
  Communicator world_;
  std::filesystem::path path_;
  CheckpointInfo info_;
  std::string scenario_, schema_;
  std::map<std::string, std::vector<i64>> numbers_;
  std::map<std::string, Array> arrays_;      // by "KIND/COLUMN"
  std::map<std::string, AgentId> next_ids_;  // of kinds whose rows come and go
  std::unique_ptr<SharedFile> file_;
};

}  // namespace throng
