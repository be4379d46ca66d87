// Random numbers of given distributions from words of chance: counts, gaps, and tables that turn
// one word into an outcome. Built and drawn with own arithmetic (sim/math.h) and integers, so that
// a table and every draw from it have the same bits on every machine.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "sim/chance.h"
#include "sim/math.h"

namespace throng {

/// The largest mean `poisson` takes: e^-600 is still a normal double.
inline constexpr double largest_poisson_mean = 600;

/// The Poisson count of a mean in [0, 600] (ContractError outside) at the quantile u in (0, 1).
u32 poisson(double mean, double u);

/// The same given that it is not 0: for a mean in (0, 600].
u32 poisson_at_least_one(double mean, double u);

/// Whole steps before the first event of a process with `rate` events per step:
/// P(gap >= k) = e^(-rate k). `no_gap` if the event lies 2^32 - 1 steps away or further, or the
/// rate is 0; ContractError for a negative rate. For a probability p per step, rate = -ln(1 - p) =
/// -math::log1p(-p).
u32 geometric_gap(double rate, double u);
inline constexpr u32 no_gap = ~0u;

/// Outcomes 0, 1, ... with given weights, one comparison and at most two reads a draw (Walker 1977,
/// Vose 1991), all in integers. The number of columns is a power of two, so that a word splits into
/// a column and a coin without a remainder: the probabilities below hold exactly.
class AliasTable {
 public:
  /// How finely weights are rounded: to 2^-32 for draws of one word (an outcome lighter than 2^-33
  /// of the whole may vanish), to 2^-32 of a column for draws of two.
  enum class Resolution { one_word, two_words };

  /// ContractError if there are no weights, more than 2^20, a negative or infinite one, or only
  /// zeros. An outcome of weight 0 is never drawn. Fractional weights are first rounded to 2^-52 of
  /// the largest.
  static AliasTable of(std::span<const u64> weights, Resolution resolution = Resolution::one_word);
  static AliasTable of(std::span<const double> weights,
                       Resolution resolution = Resolution::one_word);
  /// From masses that already add up to 2^32 (ContractError if they do not).
  static AliasTable of_masses(std::span<const u64> masses);

  /// The outcome of one word: for tables of that resolution (ContractError in checked builds).
  u32 draw(u32 word) const {
    expects(resolution_ == Resolution::one_word, "this alias table draws two words");
    const u64 split = u64{word} << bits_;
    return pick(static_cast<u32>(split >> 32), static_cast<u32>(split));
  }
  /// The outcome of two words: for tables of any resolution.
  u32 draw(u32 first, u32 second) const {
    return pick(static_cast<u32>(u64{first} << bits_ >> 32), second);
  }

  /// Outcomes, those of weight 0 included.
  std::size_t size() const { return size_; }
  /// Columns: the power of two at or above size().
  std::size_t columns() const { return columns_.size(); }
  /// The probability of every outcome as drawn: exact, a multiple of 2^-32 / columns().
  std::vector<double> probabilities() const;

 private:
  // A column gives its own number to coins below `keep`, and `alias` to the others.
  struct Column {
    u32 keep = 0;
    u32 alias = 0;
  };
  static AliasTable build(std::vector<u64> masses, Resolution resolution);
  u32 pick(u32 column, u32 coin) const {
    const Column& c = columns_[column];
    return coin < c.keep ? column : c.alias;
  }

  std::vector<Column> columns_;
  std::size_t size_ = 0;
  unsigned bits_ = 0;
  Resolution resolution_ = Resolution::one_word;
};

/// A duration in whole steps: floor(X + U) for a positive time X [steps] and a uniform U. That
/// keeps the mean of X exactly (where rounding up or down would not); 0 steps are possible. Drawn
/// with one word from probabilities that are multiples of 2^-32, with their mean kept within 2^-32.
/// At most `last_step` steps: a distribution whose tail beyond them matters (more than 2^-33 steps
/// of mean) is an InputError, and so is a mean or sd that is not finite or negative.
class WholeSteps {
 public:
  /// Always 0.
  WholeSteps() : WholeSteps(constant(0)) {}
  /// X = mean.
  static WholeSteps constant(double mean);
  /// X lognormal with this mean and standard deviation; sd 0 is `constant`.
  static WholeSteps lognormal(double mean, double sd);
  /// X exponential: the dwell time behind a constant rate 1 / mean.
  static WholeSteps exponential(double mean);
  /// X gamma of this mean and standard deviation; sd 0 is `constant`.
  static WholeSteps gamma(double mean, double sd);
  /// X = 1, 2, ... with probability 1 / mean of ending in each step (mean >= 1).
  static WholeSteps geometric(double mean);

  u32 draw(u32 word) const { return table_.draw(word); }
  /// probabilities()[n] is the probability of n steps, exactly as drawn.
  std::span<const double> probabilities() const { return probabilities_; }
  /// Mean of `draw` [steps].
  double mean() const { return mean_; }
  /// Standard deviation of `draw` [steps]: a little above that of X, for the rounding.
  double sd() const { return sd_; }

 private:
  template <class Excess>
  static WholeSteps from_excess(double mean, const char* what, Excess&& excess);
  explicit WholeSteps(std::vector<u64> masses);

  AliasTable table_;
  std::vector<double> probabilities_;
  double mean_ = 0;
  double sd_ = 0;
};

/// A Gamma variable of mean 1 in one byte: 256 classes of equal probability, each standing for the
/// mean of the variable within it. The mean of the class means is 1 (within 1e-14); the variance is
/// below 1 / shape by what is lost within classes, which `variance()` shows (0.8 % at shape 0.45,
/// mostly in the last class).
class GammaClasses {
 public:
  static constexpr std::size_t count = 256;

  /// InputError for a shape outside [0.05, 10000].
  explicit GammaClasses(double shape);

  /// The class of a word: each has 2^24 of them.
  static u8 class_of(u32 word) { return static_cast<u8>(word >> 24); }
  double mean(u8 c) const { return means_[c]; }
  /// In rising order. Relative error below 1e-10.
  std::span<const double, count> means() const { return means_; }
  /// Variance over the classes.
  double variance() const;

 private:
  std::array<double, count> means_{};
};

}  // namespace throng
