#include "sim/distributions.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <numeric>
#include <string>

namespace throng {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr u64 one = u64{1} << 32;
constexpr std::size_t most_outcomes = std::size_t{1} << 20;

// Shortest decimal that reads back as x, whatever the locale.
std::string text(double x) {
  std::array<char, 32> characters{};
  const auto end = std::to_chars(characters.begin(), characters.end(), x).ptr;
  return {characters.data(), end};
}

unsigned column_bits(std::size_t outcomes) {
  return static_cast<unsigned>(std::bit_width(outcomes - 1));
}

// Shares of `total` in proportion to the weights, in whole units, by largest remainder (ties by
// index).
std::vector<u64> apportion(std::span<const u64> weights, u64 total) {
  Wide sum = 0;
  for (const u64 w : weights) {
    sum += w;
  }
  ensures(sum > 0, "an alias table needs a positive weight");
  std::vector<u64> shares(weights.size());
  std::vector<std::pair<Wide, std::size_t>> remainders;
  u64 left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide exact = Wide{weights[i]} * total;
    shares[i] = static_cast<u64>(exact / sum);
    left -= shares[i];
    if (exact % sum != 0) {
      remainders.emplace_back(exact % sum, i);
    }
  }
  std::sort(remainders.begin(), remainders.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (std::size_t k = 0; k < left; ++k) {
    ++shares[remainders[k].second];
  }
  return shares;
}

void check_count(std::size_t outcomes) {
  ensures(outcomes > 0 && outcomes <= most_outcomes, "an alias table has 1 to 2^20 outcomes");
}

u64 units_of(AliasTable::Resolution resolution, std::size_t outcomes) {
  return resolution == AliasTable::Resolution::one_word ? one : one << column_bits(outcomes);
}

void check_time(const char* what, const char* quantity, double value, double least) {
  if (!(value >= least && value <= last_step)) {
    throw InputError(std::string(what) + ": " + quantity + " is " + text(value) +
                     " (it lies between " + text(least) + " and " + text(last_step) +
                     " steps). Give a value in that range.");
  }
}

// Gives back to the mean what rounding took: moves units of mass from one outcome to the next (or
// the one before), where there is most of it and, if anywhere, where both are possible already.
void keep_mean(std::vector<u64>& masses, double mean) {
  i64 missing = static_cast<i64>(mean * 0x1p32 + 0.5);
  for (std::size_t n = 0; n < masses.size(); ++n) {
    missing -= static_cast<i64>(n * masses[n]);
  }
  if (missing == 0) {
    return;
  }
  masses.push_back(0);
  const std::size_t first = missing > 0 ? 0 : 1;
  const auto other = [&](std::size_t n) { return missing > 0 ? n + 1 : n - 1; };
  std::size_t from = first;
  for (std::size_t n = first; n + 1 < masses.size(); ++n) {
    const auto rank = [&](std::size_t k) { return std::pair(masses[other(k)] > 0, masses[k]); };
    if (rank(n) > rank(from)) {
      from = n;
    }
  }
  const u64 units_moved = static_cast<u64>(missing > 0 ? missing : -missing);
  ensures(masses[from] >= units_moved, "a distribution of steps has room for its rounding");
  masses[from] -= units_moved;
  masses[other(from)] += units_moved;
}

}  // namespace

u32 poisson(double mean, double u) {
  // e^-m >= 1 - m, so most draws of small means end here.
  if (u < 1.0 - mean && mean >= 0.0) {
    return 0;
  }
  ensures(mean >= 0.0 && mean <= largest_poisson_mean, "a Poisson mean lies in [0, 600]");
  double probability = math::exp(-mean);
  double below = probability;
  u32 count = 0;
  // Once a term no longer changes the sum, none after it will.
  while (u >= below && (count < mean || below + probability > below)) {
    ++count;
    probability *= mean / count;
    below += probability;
  }
  return count;
}

u32 poisson_at_least_one(double mean, double u) {
  ensures(mean > 0.0 && mean <= largest_poisson_mean,
          "a Poisson mean of at least one event lies in (0, 600]");
  // Given one or more: P(1) = m e^-m / (1 - e^-m) and so on.
  double probability = mean * math::exp(-mean) / -math::expm1(-mean);
  double below = probability;
  u32 count = 1;
  while (u >= below && (count < mean || below + probability > below)) {
    ++count;
    probability *= mean / count;
    below += probability;
  }
  return count;
}

u32 geometric_gap(double rate, double u) {
  ensures(rate >= 0.0, "the rate of a gap is not negative");
  const double steps = -math::log(u) / rate;
  return steps < static_cast<double>(no_gap) ? static_cast<u32>(steps) : no_gap;
}

AliasTable AliasTable::of(std::span<const u64> weights, Resolution resolution) {
  check_count(weights.size());
  return build(apportion(weights, units_of(resolution, weights.size())), resolution);
}

AliasTable AliasTable::of(std::span<const double> weights, Resolution resolution) {
  check_count(weights.size());
  double largest = 0;
  for (const double w : weights) {
    ensures(w >= 0.0 && w <= std::numeric_limits<double>::max(),
            "a weight is a finite number that is not negative");
    largest = std::max(largest, w);
  }
  ensures(largest > 0.0, "an alias table needs a positive weight");
  std::vector<u64> whole(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    whole[i] = static_cast<u64>(weights[i] / largest * 0x1p52 + 0.5);
  }
  return build(apportion(whole, units_of(resolution, weights.size())), resolution);
}

AliasTable AliasTable::of_masses(std::span<const u64> masses) {
  check_count(masses.size());
  Wide sum = 0;
  for (const u64 m : masses) {
    sum += m;
  }
  ensures(sum == one, "the masses of an alias table add up to 2^32");
  return build({masses.begin(), masses.end()}, Resolution::one_word);
}

AliasTable AliasTable::build(std::vector<u64> masses, Resolution resolution) {
  AliasTable table;
  table.size_ = masses.size();
  table.bits_ = column_bits(masses.size());
  table.resolution_ = resolution;
  const std::size_t columns = std::size_t{1} << table.bits_;
  masses.resize(columns, 0);
  // In units of 2^-32 of a column, whatever the resolution.
  if (resolution == Resolution::one_word) {
    for (u64& m : masses) {
      m <<= table.bits_;
    }
  }
  table.columns_.resize(columns);
  std::vector<u32> light;
  std::vector<u32> heavy;
  for (u32 i = 0; i < columns; ++i) {
    (masses[i] < one ? light : heavy).push_back(i);
  }
  // A light column is filled up by a heavy outcome, which may become light itself. All columns
  // together hold what there is, so heavy ones last as long as light ones.
  while (!light.empty()) {
    const u32 i = light.back();
    light.pop_back();
    const u32 giver = heavy.back();
    table.columns_[i] = {static_cast<u32>(masses[i]), giver};
    masses[giver] -= one - masses[i];
    if (masses[giver] < one) {
      heavy.pop_back();
      light.push_back(giver);
    }
  }
  for (const u32 i : heavy) {
    table.columns_[i] = {~0u, i};
  }
  return table;
}

std::vector<double> AliasTable::probabilities() const {
  std::vector<u64> masses(size_, 0);
  for (u32 i = 0; i < columns_.size(); ++i) {
    const Column& c = columns_[i];
    if (c.keep > 0) {
      masses[i] += c.keep;
    }
    masses[c.alias] += one - c.keep;
  }
  std::vector<double> probabilities(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    probabilities[i] = static_cast<double>(masses[i]) * 0x1p-32 / static_cast<double>(columns());
  }
  return probabilities;
}

// P(floor(X + U) >= n) = E min(1, max(0, X - (n - 1))) = L(n - 1) - L(n) with the mean excess
// L(a) = E max(0, X - a), and L(-1) = mean + 1: so the distribution needs L at whole numbers only.
template <class Excess>
WholeSteps WholeSteps::from_excess(double mean, const char* what, Excess&& excess) {
  constexpr double negligible = 0x1p-34;
  std::vector<double> left{mean + 1.0, mean};
  while (left.back() >= negligible) {
    if (left.size() - 2 > last_step) {
      throw InputError(
          std::string(what) + ": a mean of " + text(mean) + " steps has a tail beyond " +
          text(last_step) +
          " steps (a run has no more of them). Choose a shorter time or longer steps.");
    }
    left.push_back(excess(static_cast<double>(left.size() - 1)));
  }
  left.push_back(0.0);
  std::vector<u64> masses(left.size() - 1);
  // masses[n] = P(>= n) - P(>= n + 1), in units of 2^-32. Rounding P(>= n), not the differences,
  // keeps their sum.
  u64 at_least = one;
  for (std::size_t n = 0; n < masses.size(); ++n) {
    const double next = n + 2 < left.size() ? (left[n + 1] - left[n + 2]) * 0x1p32 : 0.0;
    const u64 rounded = next > 0.0 ? static_cast<u64>(next + 0.5) : 0;
    const u64 at_least_next = std::min(at_least, rounded);
    masses[n] = at_least - at_least_next;
    at_least = at_least_next;
  }
  keep_mean(masses, mean);
  while (masses.back() == 0) {
    masses.pop_back();
  }
  return WholeSteps(std::move(masses));
}

WholeSteps::WholeSteps(std::vector<u64> masses) : table_(AliasTable::of_masses(masses)) {
  double square = 0;
  for (std::size_t n = 0; n < masses.size(); ++n) {
    const double steps = static_cast<double>(n);
    probabilities_.push_back(static_cast<double>(masses[n]) * 0x1p-32);
    mean_ += steps * probabilities_.back();
    square += steps * steps * probabilities_.back();
  }
  sd_ = std::sqrt(std::max(0.0, square - mean_ * mean_));
}

WholeSteps WholeSteps::constant(double mean) {
  check_time("constant time", "the mean", mean, 0);
  return from_excess(mean, "constant time", [mean](double a) { return std::max(0.0, mean - a); });
}

WholeSteps WholeSteps::lognormal(double mean, double sd) {
  check_time("lognormal time", "the mean", mean, 0);
  check_time("lognormal time", "the sd", sd, 0);
  if (sd == 0.0 || mean == 0.0) {
    return constant(mean);
  }
  // L(a) = mean Phi(d) - a Phi(d - s) with s^2 = ln(1 + sd^2 / mean^2), d = (ln(mean / a)) / s +
  // s/2.
  const double s = std::sqrt(math::log1p(sd / mean * (sd / mean)));
  return from_excess(mean, "lognormal time", [=](double a) {
    const double d = math::log(mean / a) / s + s / 2;
    return mean * math::normal_cdf(d) - a * math::normal_cdf(d - s);
  });
}

WholeSteps WholeSteps::exponential(double mean) {
  check_time("exponential time", "the mean", mean, 0);
  if (mean == 0.0) {
    return constant(0);
  }
  return from_excess(mean, "exponential time",
                     [mean](double a) { return mean * math::exp(-a / mean); });
}

WholeSteps WholeSteps::gamma(double mean, double sd) {
  check_time("gamma time", "the mean", mean, 0);
  check_time("gamma time", "the sd", sd, 0);
  if (sd == 0.0 || mean == 0.0) {
    return constant(mean);
  }
  const double shape = mean / sd * (mean / sd);
  const double scale = mean / shape;
  return from_excess(mean, "gamma time", [=](double a) {
    return mean * math::incomplete_gamma(shape + 1, a / scale).upper -
           a * math::incomplete_gamma(shape, a / scale).upper;
  });
}

WholeSteps WholeSteps::geometric(double mean) {
  check_time("geometric time", "the mean", mean, 1);
  double left = mean;
  return from_excess(mean, "geometric time", [=](double) mutable {
    left *= 1.0 - 1.0 / mean;
    return left;
  });
}

namespace {

// The x with P(shape, x) = p: bisection in the exponent, to the last bit that matters. Slow and
// sure; called 255 times per run.
double gamma_quantile(double shape, double p) {
  double low = -1100.0 / std::min(1.0, shape);
  double high = math::log(shape + 1.0) + 10.0;
  low = std::max(low, -740.0);
  for (int k = 0; k < 70; ++k) {
    const double middle = low + (high - low) / 2;
    const auto [lower, upper] = math::incomplete_gamma(shape, math::exp(middle));
    // Compare on the side that has digits.
    const bool below_p = p < 0.5 ? lower < p : upper > 1.0 - p;
    (below_p ? low : high) = middle;
  }
  return math::exp(low + (high - low) / 2);
}

}  // namespace

GammaClasses::GammaClasses(double shape) {
  if (!(shape >= 0.05 && shape <= 10'000)) {
    throw InputError("gamma classes: the shape is " + text(shape) +
                     " (it lies between 0.05 and 10000). Give a shape in that range.");
  }
  // The part of the mean below the quantile x of shape k is P(k + 1, x).
  math::IncompleteGamma before{0.0, 1.0};
  for (std::size_t c = 0; c < count; ++c) {
    math::IncompleteGamma after{1.0, 0.0};
    if (c + 1 < count) {
      const double p = static_cast<double>(c + 1) / count;
      after = math::incomplete_gamma(shape + 1.0, gamma_quantile(shape, p));
    }
    const double share =
        after.lower < 0.5 ? after.lower - before.lower : before.upper - after.upper;
    means_[c] = share * count;
    before = after;
  }
  const double sum = std::accumulate(means_.begin(), means_.end(), 0.0);
  for (double& m : means_) {
    m *= count / sum;
  }
}

double GammaClasses::variance() const {
  double sum = 0;
  for (const double m : means_) {
    sum += (m - 1.0) * (m - 1.0);
  }
  return sum / count;
}

}  // namespace throng
