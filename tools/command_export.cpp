// What a run holds, for other programs: a table as CSV (RFC 4180), in pieces, so that however long
// it is little of it is in memory; neighborhoods and entries for ParaView by the Python package.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>

#include "io/ledger.h"
#include "io/results.h"
#include "io/run_directory.h"
#include "sim/calendar.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/csv_output.h"
#include "tools/python_package.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// One chunk of a column, so that each is unpacked once.
constexpr u64 rows_at_once = h5::chunk_rows;

// ---- fields -------------------------------------------------------------------------------------

std::string date_text(i64 days, const std::optional<Date>& first_day) {
  return Date::from_days(first_day->days_since_1970() + static_cast<i32>(days)).str();
}

// ---- the command --------------------------------------------------------------------------------

class ExportCommand {
 public:
  explicit ExportCommand(const ExportArguments& a) : a_(a), results_(results_at(a.run)) {
    refuse_to_lose();
    constexpr std::string_view since = "days since ";
    if (const std::string unit = results_.dimension("time").unit; unit.starts_with(since)) {
      first_day_ = Date::parse(std::string_view(unit).substr(since.size()));
    }
    const std::size_t seeds = results_.replicate_seeds().size();
    several_ = seeds > 0;
    if (a_.replicate && *a_.replicate >= std::max<std::size_t>(1, seeds)) {
      throw InputError(results_.path() + ": there is no replicate " +
                       std::to_string(*a_.replicate) + " (the run has " +
                       std::to_string(std::max<std::size_t>(1, seeds)) +
                       ", counted from 0). Give one of them.");
    }
    replicates_ = static_cast<u32>(seeds);
  }

  int run() {
    if (a_.neighborhoods || !a_.xdmf.empty()) {
      return python_command(words_for_python());
    }
    if (a_.ledger) {
      Ledger::read(results_).write_json_lines(a_.file);
    } else if (!a_.series.empty()) {
      series(results_.stored_series(a_.series));
    } else if (!a_.quantiles.empty()) {
      series(results_.stored_quantiles(a_.quantiles));
    } else if (!a_.table.empty()) {
      columns(results_.table_columns(a_.table));
    } else if (!a_.events.empty()) {
      columns(results_.event_columns(a_.events));
    } else if (!a_.agents.empty()) {
      agents();
    } else {
      list();
    }
    return exit_done;
  }

 private:
  std::vector<std::string> words_for_python() const {
    std::vector<std::string> words = {"export"};
    if (a_.neighborhoods) {
      words.emplace_back("--neighborhoods");
    } else {
      words.insert(words.end(), {"--xdmf", a_.xdmf});
    }
    if (a_.step) {
      words.insert(words.end(), {"--step", std::to_string(*a_.step)});
    }
    if (a_.replicate) {
      words.insert(words.end(), {"--replicate", std::to_string(*a_.replicate)});
    }
    if (!a_.file.empty()) {
      words.insert(words.end(), {"-o", a_.file});
    }
    words.insert(words.end(), {"--", a_.run});
    return words;
  }

  void refuse_to_lose() const {
    if (a_.file.empty()) {
      return;
    }
    try {
      if (is_same_place(a_.file, results_.path())) {
        throw CannotCreate(a_.file +
                           ": is the file that is read (it would be lost). Name another file.");
      }
      refuse_to_write_at(a_.file);
    } catch (const CannotCreate& error) {
      throw AgreedError(exit_cannot_create, error.what());
    }
  }

  void add_name(std::string& out, const std::string& name, const std::string& unit) const {
    add_csv_text(out, a_.units && !unit.empty() ? name + " [" + unit + "]" : name);
  }

  // ---- series: a row for every value, its coordinates before it ----

  void series(const StoredSeries& s) {
    std::string out;
    std::vector<std::vector<std::string>> words;  // [axis][index]
    for (const Dimension& axis : s.axes) {
      words.push_back(words_of(axis));
      add_name(out, axis.name, is_dated(axis) ? "date" : axis.unit);
      out += ',';
    }
    add_name(out, s.name, s.unit);
    out += "\r\n";
    TextOutput output(a_.file);
    const u64 length = s.axes.front().size();
    u64 width = 1;
    for (std::size_t k = 1; k < s.axes.size(); ++k) {
      width *= s.axes[k].size();
    }
    const bool by_replicate = s.axes.front().name == "replicate";
    const u64 begin = a_.replicate && by_replicate ? *a_.replicate : 0;
    const u64 end = a_.replicate && by_replicate ? begin + 1 : length;
    const u64 at_once = std::max<u64>(1, rows_at_once / std::max<u64>(1, width));
    std::vector<std::size_t> index(s.axes.size());
    for (u64 first = begin; first < end; first += at_once) {
      const u64 rows = std::min(at_once, end - first);
      std::visit(
          [&](const auto& values) {
            for (std::size_t k = 0; k < values.size(); ++k) {
              std::size_t rest = first * width + k;
              for (std::size_t axis = s.axes.size(); axis-- > 0;) {
                index[axis] = rest % s.axes[axis].size();
                rest /= s.axes[axis].size();
              }
              for (std::size_t axis = 0; axis < index.size(); ++axis) {
                out += words[axis][index[axis]];
                out += ',';
              }
              add_csv_number(out, values[k]);
              out += "\r\n";
              write_when_long(output, out);
            }
          },
          results_.rows_of(s, first, rows));
    }
    output.write(out);
    output.finish();
  }

  bool is_dated(const Dimension& axis) const { return axis.name == "time" && first_day_; }

  /// Of an axis, as they stand in a field.
  std::vector<std::string> words_of(const Dimension& axis) const {
    std::vector<std::string> all;
    std::visit(
        [&](const auto& values) {
          for (const auto& value : values) {
            std::string& word = all.emplace_back();
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>) {
              add_csv_text(word, value);
            } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, i64>) {
              if (is_dated(axis)) {
                word = date_text(value, first_day_);
              } else {
                add_csv_number(word, value);
              }
            } else {
              add_csv_number(word, value);
            }
          }
        },
        axis.values);
    return all;
  }

  static void write_when_long(TextOutput& output, std::string& out) {
    constexpr std::size_t long_enough = std::size_t{1} << 20;
    if (out.size() >= long_enough) {
      output.write(out);
      out.clear();
    }
  }

  // ---- columns ----

  /// In runs with dates, what happened in a step has a date.
  bool has_date(const StoredColumn& column) const {
    return first_day_ && column.name == "step" && column.unit == "step";
  }

  /// `before`: names of columns that are not stored.
  std::string header(const std::vector<StoredColumn>& all,
                     const std::vector<std::string>& before = {}) const {
    std::string out;
    for (const std::string& name : before) {
      out += (out.empty() ? "" : ",") + name;
    }
    for (const StoredColumn& column : all) {
      out += out.empty() ? "" : ",";
      add_name(out, column.name, column.unit);
      if (has_date(column)) {
        out += ",";
        add_name(out, "date", "date");
      }
    }
    return out + "\r\n";
  }

  /// Fields [first, first + rows) of a column, each appended to its line.
  void add_fields(const StoredColumn& column, u64 first, std::vector<std::string>& lines,
                  bool is_first) const {
    std::visit(
        [&](const auto& values) {
          for (std::size_t k = 0; k < values.size(); ++k) {
            std::string& out = lines[k];
            out += is_first ? "" : ",";
            add_field(out, column, values[k]);
          }
        },
        results_.rows_of(column, first, lines.size()));
  }

  static void add_field(std::string& out, const StoredColumn&, const std::string& value) {
    add_csv_text(out, value);
  }

  void add_field(std::string& out, const StoredColumn& column, auto value) const {
    if constexpr (std::is_integral_v<decltype(value)>) {
      if (!column.labels.empty()) {
        const auto label = static_cast<u64>(value);
        if (label >= column.labels.size()) {
          throw IoError(results_.path() + ": '/" + column.path + "' has value " +
                        std::to_string(label) + " without a label. The file is damaged.");
        }
        add_csv_text(out, column.labels[label]);
        return;
      }
    }
    add_csv_number(out, value);
    if constexpr (std::is_integral_v<decltype(value)>) {
      if (has_date(column)) {
        out += ',';
        const bool is_a_day = static_cast<u64>(value) <= std::numeric_limits<Step>::max();
        out += is_a_day ? date_text(static_cast<i64>(value), first_day_) : "";
      }
    }
  }

  /// Whether rows are of the replicate that was asked for.
  std::vector<bool> wanted(const std::vector<StoredColumn>& all, u64 first, u64 rows) const {
    std::vector<bool> flags(rows, true);
    for (const StoredColumn& column : all) {
      if (a_.replicate && several_ && column.name == "replicate") {
        std::visit(
            [&]<class T>(const std::vector<T>& values) {
              if constexpr (std::is_arithmetic_v<T>) {
                for (std::size_t k = 0; k < values.size(); ++k) {
                  flags[k] = static_cast<u64>(values[k]) == u64{*a_.replicate};
                }
              }
            },
            results_.rows_of(column, first, rows));
      }
    }
    return flags;
  }

  /// `prefix`: what stands before the row number, or nothing; a row number: with one.
  void rows(const std::vector<StoredColumn>& all, TextOutput& output, const std::string& prefix,
            bool numbered) const {
    const u64 total = all.empty() ? 0 : all.front().rows;
    std::string out;
    for (u64 first = 0; first < total; first += rows_at_once) {
      const u64 n = std::min(rows_at_once, total - first);
      const std::vector<bool> flags = wanted(all, first, n);
      std::vector<std::string> lines(n, prefix);
      for (std::size_t k = 0; numbered && k < n; ++k) {
        add_csv_number(lines[k], first + k);
      }
      bool is_first = prefix.empty() && !numbered;
      for (const StoredColumn& column : all) {
        add_fields(column, first, lines, is_first);
        is_first = false;
      }
      for (std::size_t k = 0; k < n; ++k) {
        if (flags[k]) {
          out += lines[k];
          out += "\r\n";
          write_when_long(output, out);
        }
      }
    }
    output.write(out);
  }

  void columns(const std::vector<StoredColumn>& all) {
    TextOutput output(a_.file);
    output.write(header(all));
    rows(all, output, "", false);
    output.finish();
  }

  // ---- agents ----

  std::vector<std::optional<u32>> replicates_of_agents() const {
    if (!several_) {
      return {std::nullopt};
    }
    std::vector<std::optional<u32>> all;
    for (u32 r = 0; r < replicates_; ++r) {
      if (!a_.replicate || *a_.replicate == r) {
        all.emplace_back(r);
      }
    }
    return all;
  }

  void agents() {
    const auto which = replicates_of_agents();
    for (const auto replicate : which) {
      const auto steps = results_.snapshot_steps(a_.agents, replicate);
      if (!a_.step || std::find(steps.begin(), steps.end(), *a_.step) == steps.end()) {
        std::string words;
        for (const Step step : steps) {
          words += (words.empty() ? "" : ", ") + std::to_string(step);
        }
        throw InputError(results_.path() + ": " +
                         (a_.step ? "there is no snapshot of '" + a_.agents + "' after step " +
                                        std::to_string(*a_.step)
                                  : "'" + a_.agents + "' is there as it was after several steps") +
                         " (there are: " + (words.empty() ? "none" : words) +
                         "). Give one of them as --step.");
      }
    }
    TextOutput output(a_.file);
    bool is_first = true;
    for (const auto replicate : which) {
      const auto all = results_.agent_columns(a_.agents, *a_.step, replicate);
      const bool has_ids = std::any_of(all.begin(), all.end(), [&](const StoredColumn& column) {
        return column.name == a_.agents + ".id";
      });
      if (is_first) {
        std::vector<std::string> before;
        if (replicate) {
          before.emplace_back("replicate");
        }
        if (!has_ids) {
          before.emplace_back("row");
        }
        output.write(header(all, before));
        is_first = false;
      }
      const std::string prefix =
          replicate ? std::to_string(*replicate) + (has_ids ? "" : ",") : std::string();
      rows(all, output, prefix, !has_ids);
    }
    output.finish();
  }

  // ---- what there is ----

  static std::string named(const std::vector<StoredColumn>& all) {
    std::string names;
    for (const StoredColumn& column : all) {
      names += (names.empty() ? "" : ", ") + column.name;
    }
    return counted(all.empty() ? 0 : all.front().rows, "row") + ": " + names;
  }

  void line(const std::string& option, const std::string& text) const {
    std::printf("%s\n", printable(formatted("  %-40s %s", option.c_str(), text.c_str())).c_str());
  }

  void list() const {
    std::printf("%s: give one of\n", printable(results_.path()).c_str());
    const auto axes = [](const StoredSeries& s) {
      std::string names;
      for (const Dimension& axis : s.axes) {
        names += (names.empty() ? " by " : ", ") + axis.name;
      }
      return "[" + s.unit + "]" + names;
    };
    for (const std::string& name : results_.series_names()) {
      line("--series " + name, axes(results_.stored_series(name)));
    }
    for (const std::string& name : results_.quantiles_names()) {
      line("--quantiles " + name, axes(results_.stored_quantiles(name)));
    }
    for (const std::string& name : results_.table_names()) {
      line("--table " + name, named(results_.table_columns(name)));
    }
    for (const std::string& name : results_.event_names()) {
      line("--events " + name, named(results_.event_columns(name)));
    }
    for (const std::string& kind : results_.agent_kinds()) {
      const auto replicate = several_ ? std::optional(u32{0}) : std::nullopt;
      for (const Step step : results_.snapshot_steps(kind, replicate)) {
        line("--agents " + kind + " --step " + std::to_string(step),
             named(results_.agent_columns(kind, step, replicate)));
      }
      if (results_.space(kind, replicate)) {
        line("--xdmf " + kind + " -o FILE.xdmf", "an entry for ParaView to all of its snapshots");
      }
      if (has_neighborhoods(kind, replicate)) {
        line("--neighborhoods -o FILE.csv",
             "attack rate and unemployment; FILE.geojson: with outlines");
      }
    }
  }

  bool has_neighborhoods(const std::string& kind, std::optional<u32> replicate) const {
    const auto steps = results_.snapshot_steps(kind, replicate);
    const auto columns = steps.empty() ? std::vector<std::string>()
                                       : results_.agent_column_names(kind, steps.back(), replicate);
    const auto has = [&](const std::string& name) {
      return std::find(columns.begin(), columns.end(), name) != columns.end();
    };
    return has("person.neighborhood") && has("epidemic.stage");
  }

  const ExportArguments& a_;
  ResultsReader results_;
  std::optional<Date> first_day_;
  bool several_ = false;
  u32 replicates_ = 0;
};

}  // namespace

int export_command(const ExportArguments& a) { return ExportCommand(a).run(); }

}  // namespace throng
