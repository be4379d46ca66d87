// results.h5: what a run found, as a plain description that knows no engine, and its way to disk
// and back. The file opens as it is in h5py, pandas, xarray and h5dump.
//
//   /series      time, label coordinates, one array [time, label...] per quantity
//   /quantiles   the same over replicates, with a leading dimension "quantile"
//   /tables/NAME, /events/NAME, /agents/KIND/static, /agents/KIND/snapshots/STEP   columns
//   /provenance, /schema, and the attributes of the root
#pragma once
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "io/h5.h"
#include "io/provenance.h"
#include "sim/types.h"

namespace throng {

/// An axis of series and its coordinate: labels, or numbers with a unit.
struct Dimension {
  std::string name{}, unit{}, long_name{};
  std::variant<std::vector<std::string>, std::vector<i64>, std::vector<double>> values{};
  std::size_t size() const;
};

/// One quantity over time. `values` are row-major, shape [time, dimensions...] (or [replicate,
/// time, dimensions...], see Results). A missing floating-point value is NaN.
struct Series {
  std::string name{}, unit{}, long_name{};
  /// Names of dimensions, after time.
  std::vector<std::string> dimensions{};
  std::variant<std::vector<i64>, std::vector<double>> values{};
};

using ColumnValues = std::variant<std::vector<u8>, std::vector<u16>, std::vector<u32>,
                                  std::vector<u64>, std::vector<i64>, std::vector<float>,
                                  std::vector<double>, std::vector<std::string>>;

/// One column. With `labels` (of an integer column) value i means labels[i]. Texts are UTF-8
/// without a zero byte; columns of agents are no texts.
struct TableColumn {
  std::string name{}, unit{}, doc{};
  std::vector<std::string> labels{};
  ColumnValues values{};
  std::size_t size() const;
};

/// Columns of equal length.
struct Table {
  std::string name{}, doc{};
  std::vector<TableColumn> columns{};
  std::size_t rows() const;
};

/// A log: a table sorted by step. Rows [step_offset[s], step_offset[s + 1]) happened in step s.
struct Events {
  std::string name{}, doc{};
  std::vector<TableColumn> columns{};
  std::vector<u64> step_offset{};
  std::size_t rows() const;
};
/// The offsets of a log whose rows have these steps, ascending, all below `steps`.
std::vector<u64> step_offsets(std::span<const Step> step_of_row, Step steps);

/// Where the rows of a kind are: each a cell of a grid, row r at (r % width, r / width) with (0, 0)
/// at the upper left; or points of a plane, whose coordinates two of their columns hold.
struct Extent {
  enum class Shape : u8 { grid, plane };
  Shape shape = Shape::grid;
  double width = 0, height = 0;        ///< in cells, or in the unit of the coordinates
  bool torus = true;                   ///< opposite borders touch
  std::string neighborhood{};          ///< of a grid: moore, von_neumann
  std::string x_column{}, y_column{};  ///< of a plane
};

/// The agents of one kind, in order of id: what never changes, and states of chosen steps.
struct AgentColumns {
  struct Snapshot {
    Step step = 0;
    std::vector<TableColumn> columns{};
  };
  std::string kind{};
  std::vector<TableColumn> fixed{};
  std::vector<Snapshot> snapshots{};
  std::optional<Extent> space{};  ///< none where they are nowhere
  /// Set when runs were combined: whose agents these are; written to /agents/KIND/replicate-R.
  std::optional<u32> replicate{};
};

/// One of several seeds in one file.
struct Replicate {
  u64 seed = 0;
  std::string content_hash{};
};

struct Results {
  /// Name of the scenario, the seed, the generator of random numbers, the hash of the final state.
  std::string scenario{};
  u64 seed = 0;
  std::string rng = "philox4x32-10", content_hash{};
  /// Of the declared columns: runs of one fingerprint have the same state.
  std::string schema_fingerprint{};
  Provenance provenance{};

  /// Called "time"; its unit is "days since 2020-03-01", or "1" for bare steps.
  Dimension time{};
  /// Label axes that series name.
  std::vector<Dimension> dimensions{};
  std::vector<Series> series{};
  std::vector<Table> tables{};
  std::vector<Events> events{};
  std::vector<AgentColumns> agents{};

  /// False when the run was stopped: the steps until then, or the replicates that were finished.
  bool complete = true;
  /// Empty for one run. Else every series is [replicate, time, dimensions...], and `quantiles` has
  /// each as doubles, [quantile, time, dimensions...].
  std::vector<Replicate> replicates{};
  std::vector<Series> quantiles{};
};

inline constexpr char results_format[] = "throng-run";
inline constexpr i32 results_version[] = {1, 0};
/// Beside the columns of a group: the axis they share (without values), and of events the group of
/// their step_offset.
inline constexpr char row_axis[] = "row", index_group[] = "index";
/// Names inside the file: eight digits, so that they sort as steps do; the agents of a kind.
std::string snapshot_name(Step step);
std::string agents_group(const std::string& kind, std::optional<u32> replicate);
/// The quantiles over replicates, in thousandths.
inline constexpr i64 quantile_thousandths[] = {25, 250, 500, 750, 975};

/// Runs of one scenario with different seeds as one result. Series get a leading dimension and
/// their quantiles (linear between order statistics, as numpy's; missing where any replicate is
/// missing); tables and events a column "replicate" (events sorted by step, then replicate). Hash:
/// SHA-256 of the hashes in order. One run is returned as it is. The runs must have the same shape.
Results combine_replicates(std::vector<Results> runs);

/// Bytes of all arrays before compression: an upper bound of what the file needs, but for its
/// frame.
u64 bytes_of(const Results& results);

/// Writes the file whole or not at all. Throws IoError naming the file, and the space needed when
/// there was none; then what stood there before is untouched. Throws ContractError when lengths,
/// names or labels of `results` do not fit each other. One thread at a time.
void write_results(const std::string& path, const Results& results);

/// A column in a file, without its values.
struct StoredColumn {
  std::string path{};  ///< inside the file
  std::string name{}, unit{}, doc{};
  std::vector<std::string> labels{};
  std::optional<h5::Type> type{};  ///< none: texts
  u64 rows = 0;
};
/// "uint8", "string": numpy's word, or what it calls texts.
std::string_view type_name(const StoredColumn& column);

/// A series in a file, without its values.
struct StoredSeries {
  std::string path{};  ///< inside the file
  std::string name{}, unit{}, long_name{};
  h5::Type type = h5::Type::i64;
  /// All axes, the leading one and time included.
  std::vector<Dimension> axes{};
};

/// An open results file, as this program wrote it (sealed: see io/seal.h). Every member that reads
/// throws IoError when the file is damaged, and InputError when it does not hold what is asked for.
class ResultsReader {
 public:
  /// Checks the seal first, which reads the whole file once. Throws IoError (absent, damaged) or
  /// InputError (not results of a run, or of a newer format).
  explicit ResultsReader(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const std::string& scenario() const { return scenario_; }
  u64 seed() const { return seed_; }
  const std::string& content_hash() const { return content_hash_; }
  /// False for what a run had recorded when it was stopped.
  bool complete() const { return file_.number<u8>("complete") != 0; }
  Provenance provenance() const;
  /// Seeds of the replicates, empty for a single run.
  std::vector<u64> replicate_seeds() const;

  /// The axis of that name, "time" included.
  Dimension dimension(const std::string& name) const;
  std::vector<std::string> series_names() const;
  Series series(const std::string& name) const;
  Series quantiles(const std::string& name) const;
  std::vector<std::string> event_names() const;
  /// The rows of one step, or all of them; reads only their chunks.
  Events events(const std::string& name, Step step) const;
  Events events(const std::string& name) const;
  std::vector<std::string> table_names() const;
  Table table(const std::string& name) const;
  /// Kinds whose agents were written, where they are, and the steps of their snapshots, ascending.
  /// `replicate`: which of several runs.
  std::vector<std::string> agent_kinds() const;
  std::optional<Extent> space(const std::string& kind, std::optional<u32> replicate = {}) const;
  std::vector<Step> snapshot_steps(const std::string& kind,
                                   std::optional<u32> replicate = {}) const;
  /// One column of the agents of a kind: as it was at a step or, where it never changes, ever.
  TableColumn agent_column(const std::string& kind, const std::string& column, Step step,
                           std::optional<u32> replicate = {}) const;
  /// All of a single run, as it was written.
  Results whole() const;
  /// Columns of a snapshot, then those that never change.
  std::vector<std::string> agent_column_names(const std::string& kind, Step step,
                                              std::optional<u32> replicate = {}) const;

  // Without values, which are then read in pieces. Columns of one table have equal lengths.

  std::vector<StoredColumn> table_columns(const std::string& name) const;
  std::vector<StoredColumn> event_columns(const std::string& name) const;
  /// Those of a snapshot, then those that never change.
  std::vector<StoredColumn> agent_columns(const std::string& kind, Step step,
                                          std::optional<u32> replicate = {}) const;
  StoredSeries stored_series(const std::string& name) const;
  /// Empty where there are no replicates.
  std::vector<std::string> quantiles_names() const;
  StoredSeries stored_quantiles(const std::string& name) const;
  /// Rows [first, first + rows), or of a series so many entries of its first axis.
  ColumnValues rows_of(const StoredColumn& column, u64 first, u64 rows) const;
  std::variant<std::vector<i64>, std::vector<double>> rows_of(const StoredSeries& series, u64 first,
                                                              u64 rows) const;

 private:
  Dimension read_dimension(const std::string& group, const std::string& name) const;
  StoredSeries read_stored_series(const std::string& group, const std::string& name) const;
  std::vector<StoredColumn> read_columns(const std::string& group) const;
  Series read_series(const std::string& group, const std::string& name) const;
  Events read_events(const std::string& name, std::optional<Step> step) const;
  std::vector<std::string> names_in(const std::string& group) const;
  h5::File file_;
  std::string scenario_, content_hash_;
  u64 seed_ = 0;
};

ResultsReader read_results(const std::string& path);

}  // namespace throng
