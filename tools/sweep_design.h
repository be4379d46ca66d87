// The design of a sweep: which values of which parameters make its points. What `throng fit` varies
// is written the same way.
#pragma once
#include <string>
#include <vector>

#include "scenarios/scenario_file.h"
#include "sim/parameter.h"

namespace throng {

/// Where a scenario is given a value: a parameter, "epidemic.r0"; or the text of a --set with {} in
/// the value's place, for what stands inside a list. {+7} and {-7} are that many days after and
/// before a date.
class Setting {
 public:
  explicit Setting(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  /// As --set takes it.
  std::string with(const std::string& value) const;
  /// What does not let it be one; empty where nothing does. "problem (why). what to do"
  std::string mistake() const;

 private:
  std::string text_;
};

/// A number as a scenario writes it, whole ones without a point: 3, 2.5, 1e-05.
std::string value_text(double value);

namespace sweep {

inline constexpr std::string_view command = "convention of the command";

inline constexpr Parameter<std::string> title{.name = "title",
                                              .unit = "text",
                                              .doc = "What this is, in a few words.",
                                              .source = command,
                                              .initial = ""};
inline constexpr Parameter<FilePath> scenario{
    .name = "scenario", .unit = "path", .doc = "The scenario that is run.", .source = command};
inline constexpr Parameter<std::vector<std::string>> set{
    .name = "set",
    .unit = "text",
    .doc = "What every run sets, as --set takes it: [\"population.scale=0.1\"].",
    .source = command,
    .initial = Listed<std::string_view>{}};
inline constexpr Parameter<i64> replicates{
    .name = "replicates",
    .doc =
        "Runs of each point. The first of every point have one seed, the second the next one, "
        "and so on: points share their luck.",
    .source = command,
    .initial = 1,
    .min = 1,
    .max = 10'000};
inline constexpr Parameter<i64> seed{.name = "seed",
                                     .doc = "Of the first replicates; the scenario's where absent.",
                                     .source = command,
                                     .optional = true,
                                     .min = 0,
                                     .max = 1'000'000'000'000};

/// Enumerators stand in the order of the words.
enum class Sample : u8 { grid, list, sobol };
inline constexpr Parameter<Choice> sample{
    .name = "sample",
    .unit = "label",
    .doc =
        "grid: every value of one with every value of the others, the last changing fastest. "
        "list: the first values together, the second ones, and so on. sobol: points that fill "
        "the ranges evenly.",
    .source = "Sobol points: Boost.Random, direction numbers of Joe and Kuo 2008",
    .initial = "grid",
    .choices = {"grid", "list", "sobol"}};
inline constexpr Parameter<i64> points{.name = "points",
                                       .doc = "Of sobol: how many.",
                                       .source = command,
                                       .optional = true,
                                       .min = 1,
                                       .max = 100'000};

inline constexpr Parameter<std::string> vary_set{
    .name = "set",
    .unit = "text",
    .doc =
        "A parameter of the scenario, \"epidemic.r0\"; or the text of a --set with {} in the "
        "value's place.",
    .source = command};
inline constexpr Parameter<std::string> vary_name{
    .name = "name",
    .unit = "text",
    .doc = "The column in the table of results; what is set where absent.",
    .source = command,
    .initial = ""};
inline constexpr Parameter<std::vector<double>> vary_values{
    .name = "values", .doc = "Its values, where numbers.", .source = command, .optional = true};
inline constexpr Parameter<std::vector<std::string>> vary_texts{
    .name = "texts",
    .unit = "text",
    .doc = "Its values, where words, dates, or lists: as --set takes them.",
    .source = command,
    .optional = true};
inline constexpr Parameter<double> vary_low{
    .name = "low", .doc = "Of sobol: the least value.", .source = command, .optional = true};
inline constexpr Parameter<double> vary_high{
    .name = "high", .doc = "Of sobol: the largest value.", .source = command, .optional = true};
inline constexpr Parameter<Date> vary_from{.name = "from",
                                           .unit = "date",
                                           .doc = "Of sobol: the first date.",
                                           .source = command,
                                           .optional = true};
inline constexpr Parameter<Date> vary_to{.name = "to",
                                         .unit = "date",
                                         .doc = "Of sobol: the last date.",
                                         .source = command,
                                         .optional = true};
/// Enumerators stand in the order of the words.
enum class Spacing : u8 { linear, log, whole };
inline constexpr Parameter<Choice> vary_spacing{
    .name = "spacing",
    .unit = "label",
    .doc = "Of sobol: how the range is filled; log: each doubling alike; whole: by whole numbers.",
    .source = command,
    .initial = "linear",
    .choices = {"linear", "log", "whole"}};

}  // namespace sweep

/// A parameter that differs between points.
struct Varied {
  std::string name;
  Setting setting;
};

struct SweepDesign {
  std::string scenario;          ///< absolute
  std::vector<std::string> set;  ///< of every run
  std::vector<Varied> varied;
  /// [point][parameter], as a --set writes them.
  std::vector<std::vector<std::string>> points;
  i64 replicates = 1;
  std::optional<u64> seed;
  std::string resolved;  ///< TOML that reads back to the same design
  /// What a point sets.
  std::vector<std::string> settings_of(std::size_t point) const;
};

/// What a sweep's file may say.
Schema sweep_schema();
/// Throws ReadError with all mistakes.
SweepDesign read_sweep(const std::string& file);
/// The same of what stands on the command line.
struct SweepOptions {
  std::string scenario{};
  std::vector<std::string> set{};
  std::vector<std::string> vary{};  ///< "epidemic.r0=2,2.5,3", "epidemic.r0=2:3"
  std::string sample = "grid";
  std::optional<i64> points{}, seed{};
  i64 replicates = 1;
};
SweepDesign sweep_from(const SweepOptions& options);

/// Rows of points in the unit cube, [0, 1): of each dimension every interval of length 1/2^k gets
/// equally many of the first 2^m points, k <= m. The first point is the middle.
std::vector<std::vector<double>> sobol_points(std::size_t points, std::size_t dimensions);

/// What is wrong with a scenario under the settings of points, each mistake once; the first
/// thousand points are looked at, the others when they run. Throws ReadError.
void check_points(const std::string& scenario, const std::vector<std::string>& set,
                  const std::vector<std::vector<std::string>>& settings);

}  // namespace throng
