// What `throng fit` is asked for: parameters with their priors, observed series and their noise.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "io/results.h"
#include "sim/calendar.h"
#include "sim/parameter.h"
#include "tools/sweep_design.h"

namespace throng {

namespace fit {

using sweep::command;
using sweep::scenario;
using sweep::set;
using sweep::title;

inline constexpr Parameter<i64> seed{
    .name = "seed",
    .doc = "Of the ensemble, of its perturbations and, as the first seed, of its runs.",
    .source = command,
    .initial = 1,
    .min = 0,
    .max = 1'000'000'000'000};
inline constexpr Parameter<i64> members{
    .name = "members",
    .doc = "Members of the ensemble: some ten for each parameter at least.",
    .source = "assumption; Iglesias, Law, Stuart 2013 use 50 to 1000",
    .initial = 50,
    .min = 4,
    .max = 10'000};
inline constexpr Parameter<i64> replicates{
    .name = "replicates",
    .doc = "Runs of each member, of whose series the mean counts.",
    .source = command,
    .initial = 1,
    .min = 1,
    .max = 1'000};
inline constexpr Parameter<i64> most_iterations{
    .name = "most_iterations",
    .doc = "Steps of the inversion after which it is given up.",
    .source = command,
    .initial = 20,
    .min = 1,
    .max = 1'000};
inline constexpr Parameter<Date> from{
    .name = "from", .unit = "date", .doc = "The first day that is fitted.", .source = command};
inline constexpr Parameter<Date> to{
    .name = "to", .unit = "date", .doc = "The last day that is fitted.", .source = command};
inline constexpr Parameter<Date> held_out_to{
    .name = "held_out_to",
    .unit = "date",
    .doc = "The last of the days behind, which are predicted and not fitted; none where absent.",
    .source = command,
    .optional = true};

/// Enumerators stand in the order of the words.
enum class Scale : u8 { linear, log, logit };
inline constexpr Parameter<std::string> parameter_set = sweep::vary_set;
inline constexpr Parameter<std::string> parameter_name = sweep::vary_name;
inline constexpr Parameter<double> parameter_low{
    .name = "low",
    .doc = "5 % quantile of the prior, which is normal on its scale.",
    .source = command,
    .optional = true};
inline constexpr Parameter<double> parameter_high{
    .name = "high", .doc = "95 % quantile of the prior.", .source = command, .optional = true};
inline constexpr Parameter<Date> parameter_from{
    .name = "from",
    .unit = "date",
    .doc = "Of a date: 5 % quantile of the prior. Runs take whole days.",
    .source = command,
    .optional = true};
inline constexpr Parameter<Date> parameter_to{.name = "to",
                                              .unit = "date",
                                              .doc = "Of a date: 95 % quantile of the prior.",
                                              .source = command,
                                              .optional = true};
inline constexpr Parameter<Choice> parameter_scale{
    .name = "scale",
    .unit = "label",
    .doc = "Where the prior is normal. log keeps a parameter above 0, logit within bounds.",
    .source = command,
    .initial = "linear",
    .choices = {"linear", "log", "logit"}};
inline constexpr Parameter<std::vector<double>> parameter_bounds{
    .name = "bounds",
    .doc = "Of logit: what the parameter stays between.",
    .source = command,
    .initial = Listed<double>{0.0, 1.0},
    .length = 2};

/// Enumerators stand in the order of the words.
enum class Transform : u8 { none, sqrt, log1p };
inline constexpr Parameter<FilePath> series_file{
    .name = "file",
    .unit = "path",
    .doc =
        "CSV with a row for each day (and area): columns "
        "date, area or borough, and values.",
    .source = command};
inline constexpr Parameter<std::string> series_column{
    .name = "column", .unit = "text", .doc = "Its column of values.", .source = command};
inline constexpr Parameter<std::string> series_areas{
    .name = "areas",
    .unit = "text",
    .doc =
        "Which area of the file is which label of the dimension; where there are none, the file "
        "has one area or none, and everybody is meant.",
    .source = command};
inline constexpr Parameter<std::string> series_dimension{.name = "dimension",
                                                         .unit = "text",
                                                         .doc = "Of the results, by areas.",
                                                         .source = command,
                                                         .initial = "borough"};
inline constexpr Parameter<std::string> series_series{
    .name = "series",
    .unit = "text",
    .doc = "The series of the results that it is an observation of, summed over other dimensions.",
    .source = command};
inline constexpr Parameter<double> series_factor{
    .name = "factor",
    .doc = "What the simulated series is multiplied by: 10 where a tenth of a city is run.",
    .source = command,
    .initial = 1.0,
    .min = 1e-9,
    .max = 1e9};
inline constexpr Parameter<i64> series_days{.name = "days",
                                            .unit = "day",
                                            .doc = "Sums of so many days are compared.",
                                            .source = "a week evens out its days",
                                            .initial = 7,
                                            .min = 1,
                                            .max = 366};
inline constexpr Parameter<Choice> series_transform{
    .name = "transform",
    .unit = "label",
    .doc = "Of the sums, after which their noise is normal and alike; of counts sqrt.",
    .source = "variance of the square root of a Poisson count: 1/4 (Bartlett 1936)",
    .initial = "sqrt",
    .choices = {"none", "sqrt", "log1p"}};
inline constexpr Parameter<double> series_sd{
    .name = "sd",
    .doc =
        "Standard deviation of a transformed sum: chance, observation and what the model leaves "
        "out. The larger, the wider the intervals.",
    .source = command,
    .min = 1e-9,
    .max = 1e9};
inline constexpr Parameter<double> series_correlation{
    .name = "correlation",
    .unit = "day",
    .doc = "Days after which noise is correlated by 1/e: exp(-days apart / this). 0: independent.",
    .source = command,
    .initial = 0.0,
    .min = 0.0,
    .max = 3650.0};

}  // namespace fit

/// A parameter, and the scale on which the ensemble moves.
struct FittedParameter {
  std::string name;
  Setting setting;
  fit::Scale scale = fit::Scale::linear;
  double lower = 0, upper = 1;  ///< of logit
  bool date = false;            ///< days since 1970
  double low = 0, high = 0;     ///< 5 % and 95 % of the prior

  double inward(double value) const;   ///< onto its scale
  double outward(double place) const;  ///< and back
  double mean() const { return 0.5 * (inward(low) + inward(high)); }
  double sd() const;
  /// As a scenario writes it.
  std::string text(double place) const;
  /// The same, for people.
  std::string shown(double value) const;
};

/// One area of an observed series.
struct ObservedArea {
  std::string area;              ///< label in the results; empty: everybody
  Date first{};                  ///< of the values
  std::vector<double> values{};  ///< by day; NaN where there is none
};

struct FittedSeries {
  std::string file{}, column{}, series{}, dimension{};
  double factor = 1;
  i64 days = 7;
  fit::Transform transform = fit::Transform::sqrt;
  double sd = 1, correlation = 0;
  std::vector<ObservedArea> areas{};
  double transformed(double sum) const;
  /// What has this transform; 0 below the least that has one.
  double back(double transformed) const;
};

struct FitDesign {
  std::string scenario;
  std::vector<std::string> set;
  u64 seed = 1;
  i64 members = 0, replicates = 1, most_iterations = 1;
  Date from{}, to{}, last{};  ///< fitted days, and the last one that is compared
  std::vector<FittedParameter> parameters{};
  std::vector<FittedSeries> series{};
  std::string resolved{};
  std::vector<std::string> settings(const Eigen::VectorXd& places) const;
};

Schema fit_schema();
/// Throws ReadError with all mistakes, those of the observed series included.
FitDesign read_fit(const std::string& file);

/// Days [first, first + size) of one area of a series of results, times its factor. Throws
/// InputError where the results do not have it, or not all of these days.
std::vector<double> simulated_days(const ResultsReader& results, const FittedSeries& series,
                                   const std::string& area, Date first, std::size_t size);

/// Sums of whole windows of so many days; what is left over at the end is not compared.
std::vector<double> window_sums(const std::vector<double>& daily, i64 days);

}  // namespace throng
