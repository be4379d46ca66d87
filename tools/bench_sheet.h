// What `throng bench` says: figures beside their targets, as a table and as JSON.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throng {

/// Values of one quantity measured several times.
struct Sample {
  std::vector<double> values;
  double least() const;
  double median() const;
  double greatest() const;
};

/// What a figure has to be.
struct Target {
  enum class Sense { none, at_most, at_least } sense = Sense::none;
  double bound = 0;
  /// "<= 5"; empty without a bound.
  std::string text() const;
  bool met_by(double value) const;
};
constexpr Target at_most(double bound) { return {Target::Sense::at_most, bound}; }
constexpr Target at_least(double bound) { return {Target::Sense::at_least, bound}; }

struct FigureKind {
  std::string_view key, unit;
  Target target{};
  std::string_view doc;
};

/// Prints each figure as it is known, and keeps it for the file.
class BenchSheet {
 public:
  struct Setting {
    std::string version, commit, compiler, processor, host, created, load_before;
    int processors = 0, threads = 0;
    double memory_gib = 0, scale = 1;
  };
  /// Prints the setting and the head of the table.
  explicit BenchSheet(Setting setting);

  /// The median counts.
  void add(const FigureKind& kind, const Sample& sample, const std::string& note = {});
  /// A figure that could not be measured here, and why.
  void add_missing(const FigureKind& kind, const std::string& reason);
  /// Prints how many targets were met; the load of the machine now goes with them.
  void close(const std::string& load_after);
  /// Throws IoError.
  void write_json(const std::string& path) const;

 private:
  struct Row {
    FigureKind kind;
    std::optional<double> value;
    Sample sample;
    std::string note;
  };
  /// Targets are meant for the whole city.
  std::optional<bool> met(const Row& row) const;
  void print(const Row& row) const;
  Setting setting_;
  std::string load_after_;
  std::vector<Row> rows_;
};

}  // namespace throng
