// From shares to actions: the form over spans against the form for one row, and chance against
// integrals over what lasts.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/math.h"
#include "sim/temperament.h"
#include "tests/sim/chi_square.h"

namespace throng {
namespace {

using Correlation = Temperament::Correlation;

#ifdef THRONG_CHECKED
constexpr std::size_t people = 833'000;
#else
constexpr std::size_t people = 8'300'000;
#endif
constexpr KindTag kind = 3;
constexpr u32 p26 = 272'630;  // 0.26 in units of 2^-20

/// Places of `n` rows in their groups, of the given sizes in turn.
std::vector<u8> places(std::size_t n, const std::vector<u32>& sizes) {
  std::vector<u8> place;
  for (std::size_t g = 0; place.size() < n; ++g) {
    for (u32 k = 0; k < sizes[g % sizes.size()] && place.size() < n; ++k) {
      place.push_back(static_cast<u8>(k));
    }
  }
  return place;
}

/// Households as in a city: 32 % of one, 28 % of two, ... of 25.
const std::vector<u32> household_sizes = {1, 2, 1, 3, 2, 1, 4, 1, 2, 5, 1, 2, 3,
                                          1, 2, 4, 1, 6, 2, 3, 1, 2, 4, 2, 3};

double probability(u32 share) { return share * 0x1p-20; }

/// P(act | z) of what lasts, z standard normal.
double given(double p, double rho, double z) {
  return math::normal_cdf((math::normal_quantile(p) - std::sqrt(rho) * z) / std::sqrt(1 - rho));
}

/// The integral of f(z) over a standard normal z, by Simpson's rule.
template <class F>
double over_normal(F&& f) {
  constexpr int n = 4000;
  constexpr double end = 9, h = 2 * end / n;
  double sum = 0;
  for (int k = 0; k <= n; ++k) {
    const double z = -end + h * k, weight = k == 0 || k == n ? 1 : k % 2 == 1 ? 4 : 2;
    sum += weight * f(z) * math::exp(-0.5 * z * z);
  }
  return sum * h / 3 / std::sqrt(2 * 3.14159265358979323846);
}

/// A mean whose error is that of clusters: rows of a household are not independent.
struct Mean {
  double sum = 0, n = 0;
  std::vector<double> of_cluster = {}, n_of_cluster = {};
  void begin_cluster() {
    of_cluster.push_back(0);
    n_of_cluster.push_back(0);
  }
  void add(double x) {
    sum += x;
    n += 1;
    of_cluster.back() += x;
    n_of_cluster.back() += 1;
  }
  double value() const { return sum / n; }
  double error() const {
    double squares = 0;
    for (std::size_t c = 0; c < of_cluster.size(); ++c) {
      const double off = of_cluster[c] - value() * n_of_cluster[c];
      squares += off * off;
    }
    return std::sqrt(squares) / n;
  }
  /// Within 3.3 standard errors (p > 0.001) of what it should be; prints what would be noticed.
  bool is(const char* what, double expected) const {
    const double z = (value() - expected) / error();
    std::printf("%s: n %.0f, %.6f of %.6f, standard error %.6f, z %.2f, notices %.6f\n", what, n,
                value(), expected, error(), z, 4 * error());
    return std::abs(z) < 3.3;
  }
};

/// Solves a x = b for a symmetric positive a, and gives b' x.
double quadratic_form(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  double form = 0;
  for (std::size_t k = 0; k < n; ++k) {
    form += b[k] * b[k] / a[k][k];
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j < n; ++j) {
        a[i][j] -= factor * a[k][j];
      }
      b[i] -= factor * b[k];
    }
  }
  return form;
}

/// The distribution itself, as one row asks it.
bool plainly_below(u32 word, double t) {
  return word < static_cast<u64>(math::normal_cdf(t) * 4294967296.0);
}

}  // namespace

TEST_CASE("actions of a span are those of its rows, bit for bit", "[temperament]") {
  const Chance chance(11);
  constexpr std::size_t n = 5200;
  const std::vector<u32> share_of = {0, 1, p26, whole_share / 2, whole_share - 1, whole_share};
  const auto place = places(n, {1, 2, 256, 3, 5, 4, 255, 1, 7});
  std::vector<u16> code(n);
  for (std::size_t i = 0; i < n; ++i) {
    code[i] = static_cast<u16>(mix(i) % share_of.size());
  }
  // Row 258 is the last of a group of 256.
  const std::vector<std::size_t> cuts = {0,    1,    2,    5,    130,  133, 258,
                                         1029, 1030, 2055, 4096, 4351, n};
  for (const Correlation r : {Correlation{0, 0}, Correlation{.2, .2}, Correlation{0, .4},
                              Correlation{.4, 0}, Correlation{.6, .3}}) {
    for (const AgentId first : {0u, 4'000'000'000u}) {
      const Temperament t(chance, kind, decision_number("stay_home"), r);
      CHECK(t.lasts() == (r.group + r.own > 0));
      for (const bool grouped : {true, false}) {
        std::vector<u8> acts(n);
        std::vector<float> lasts(n);
        for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
          const AgentId begin = first + static_cast<AgentId>(cuts[c]);
          const auto part = [&](auto& of) {
            return std::span(of).subspan(cuts[c], cuts[c + 1] - cuts[c]);
          };
          t.lasting(begin, grouped ? std::span<const u8>(part(place)) : std::span<const u8>(),
                    part(lasts));
          t.act(begin, 21, part(code), share_of,
                t.lasts() ? std::span<const float>(part(lasts)) : std::span<const float>(),
                part(acts));
        }
        std::size_t different = 0, acting = 0;
        for (std::size_t i = 0; i < n; ++i) {
          const AgentId id = first + static_cast<AgentId>(i);
          const AgentId group = grouped ? id - place[i] : id;
          const u32 share = share_of[code[i]];
          different += lasts[i] != t.lasting(group, id) ? 1 : 0;
          different += acts[i] != (t.acts(share, group, id, 21) ? 1 : 0) ? 1 : 0;
          different += (share == 0 && acts[i] != 0) || (share == whole_share && acts[i] != 1);
          acting += acts[i];
        }
        INFO("correlation " << r.group << ", " << r.own << " from " << first);
        CHECK(different == 0);
        CHECK(acting > n / 4);
        CHECK(acting < 3 * n / 4);
      }
    }
  }
}

TEST_CASE("actions of rows that lie apart are those asked one by one", "[temperament]") {
  const Chance chance(12);
  constexpr std::size_t n = people / 20 + 7;
  const std::vector<u32> share_of = {
      0, 1, p26, whole_share - p26, whole_share / 20 * 19, whole_share, 900, whole_share - 1};
  std::vector<u32> share(n);
  std::vector<AgentId> id(n), group(n);
  for (std::size_t i = 0; i < n; ++i) {
    share[i] = share_of[mix(i) % share_of.size()];
    id[i] = static_cast<AgentId>(300 + 17 * i + mix(i) % 17);
    group[i] = id[i] - static_cast<AgentId>(mix(i) % 5);
  }
  std::size_t acting = 0, different = 0;
  for (const Correlation r :
       {Correlation{0, 0}, Correlation{.2, .2}, Correlation{0, .4}, Correlation{.6, .39}}) {
    const Temperament t(chance, kind, decision_number("works"), r);
    std::vector<u8> acts(n, 9);

    t.act(share, group, id, 21, acts);

    for (std::size_t i = 0; i < n; ++i) {
      different += acts[i] != (t.acts(share[i], group[i], id[i], 21) ? 1 : 0);
      acting += acts[i];
    }
  }
  std::printf("rows that lie apart: n %zu, acting %zu, different %zu\n", 4 * n, acting, different);
  CHECK(different == 0);
  CHECK(acting > n);
  CHECK(acting < 3 * n);
}

TEST_CASE("an empty span of rows acts in no way", "[temperament]") {
  const Temperament t(Chance(1), kind, 5, {.group = .2, .own = .2});

  t.lasting(0, {}, {});
  t.act(0, 1, {}, {}, {}, {});
  t.act({}, {}, {}, 1, {});

  CHECK(t.lasts());
}

TEST_CASE("the table before the normal distribution changes no decision", "[temperament]") {
  // With a share of one half the quantile is 0, and with 3/4 of the variance lasting the rest has
  // standard deviation 1/2: what lasts is -t/2, so a test says t itself.
  const Chance chance(5);
  constexpr u32 decision = 77;
  const Temperament t(chance, kind, decision, {.group = 0, .own = .75});
  REQUIRE(math::normal_quantile(.5) == 0);
  const std::vector<u32> share_of = {whole_share / 2};
  std::size_t different = 0, edges = 0;
  const auto compare = [&](AgentId id, Step epoch, u32 word, float last) {
    u8 acts = 9;
    const u16 code = 0;
    t.act(id, epoch, {&code, 1}, share_of, {&last, 1}, {&acts, 1});
    const double at = (0 - static_cast<double>(last)) / .5;
    different += acts != (plainly_below(word, at) ? 1 : 0);
    edges += std::abs(math::normal_cdf(at) * 4294967296.0 - word) <= 3 ? 1 : 0;
  };
  const auto ask = [&](AgentId id, Step epoch, u32 word, double at) {
    if (std::isfinite(at)) {
      const auto close = static_cast<float>(-at / 2);
      compare(id, epoch, word, std::nextafterf(close, -9));
      compare(id, epoch, word, close);
      compare(id, epoch, word, std::nextafterf(close, 9));
    }
  };

  // Where the table's cells meet, at multiples of 1/128: words that are next to the limit there.
  std::vector<bool> near_border(1 << 24);
  for (int j = -1030; j <= 1030; ++j) {
    const double limit = math::normal_cdf(j / 128.0) * 4294967296.0;
    for (const double off : {-3, 3}) {
      near_border[static_cast<std::size_t>(std::min(std::max(limit + off, 0.0), 4294967295.0)) >>
                  8] = true;
    }
  }
  constexpr AgentId n = 1 << 20;
  std::vector<u32> words(n);
  for (Step epoch = 1; epoch <= 32; ++epoch) {
    chance.dense_words(0, kind, epoch, Temperament::draws()[2], decision, words);
    for (AgentId id = 0; id < n; ++id) {
      if (near_border[words[id] >> 8]) {
        ask(id, epoch, words[id], std::round(128 * math::normal_quantile(unit(words[id]))) / 128);
      }
    }
  }
  CHECK(edges > 30);

  // Anywhere, and where single precision tells one word from the next: near the middle, far out.
  std::size_t close = 0, far = 0;
  for (AgentId id = 0; id < n; ++id) {
    const u32 word = words[id];
    if (id % 16 == 0) {
      ask(id, 32, word, 10 * unit(chance.dense_word(id, 0, 0, "test.at")) - 5);
      ask(id, 32, word, (static_cast<int>(id / 16 % 2070) - 1035) / 128.0);
    }
    const double at = math::normal_quantile(unit(word));
    if (std::abs(at) < 0x1p-8 || std::abs(at) > 4) {
      (std::abs(at) < 1 ? close : far) += 1;
      for (const double off : {-2, -1, 0, 1, 2}) {
        ask(id, 32, word, math::normal_quantile((word + off) * 0x1p-32));
      }
    }
  }
  for (const double at : {-9.0, -8.0, -7.992, -7.9921875, 7.9921875, 7.992, 8.0, 9.0}) {
    ask(12, 32, words[12], at);
  }
  CHECK(close > 1000);
  CHECK(far > 30);
  CHECK(edges > 1000);
  CHECK(different == 0);
}

TEST_CASE("of millions as many act as shares say, whatever lasts", "[temperament][chance]") {
  const std::vector<u32> share_of = {1 << 10,
                                     1 << 14,
                                     1 << 16,
                                     100'000,
                                     p26,
                                     400'000,
                                     whole_share / 2,
                                     700'000,
                                     900'000,
                                     1'000'000,
                                     whole_share - (1 << 12),
                                     31'457};
  const std::size_t kinds = share_of.size();
  const auto place = places(people, household_sizes);
  std::vector<u16> code(people);
  for (std::size_t i = 0; i < people; ++i) {
    // One half of what tells archetypes apart is the household's: a borough; the other the row's.
    const std::size_t home = i - place[i];
    code[i] = static_cast<u16>(mix(home) % 3 * 4 + mix(i + 1'000'000'007) % 4);
  }
  for (const Correlation r : {Correlation{0, 0}, Correlation{.2, .2}, Correlation{.4, 0}}) {
    const Temperament t(Chance(2), kind, decision_number("stay_home"), r);
    std::vector<float> lasts(t.lasts() ? people : 0);
    if (t.lasts()) {
      t.lasting(0, place, lasts);
    }
    std::vector<u8> acts(people);
    t.act(0, 7, code, share_of, lasts, acts);

    // off[c]: actions beyond what is expected; with covariances by household, a row's and its
    // housemates' errors go together.
    std::vector<double> off(kinds), home_off(kinds);
    std::vector<std::vector<double>> covariance(kinds, std::vector<double>(kinds));
    std::vector<u64> n(kinds);
    const auto close_home = [&] {
      for (std::size_t a = 0; a < kinds; ++a) {
        for (std::size_t b = 0; home_off[a] != 0 && b < kinds; ++b) {
          covariance[a][b] += home_off[a] * home_off[b];
        }
      }
      std::fill(home_off.begin(), home_off.end(), 0);
    };
    for (std::size_t i = 0; i < people; ++i) {
      if (place[i] == 0) {
        close_home();
      }
      const double x = acts[i] - probability(share_of[code[i]]);
      off[code[i]] += x;
      home_off[code[i]] += x;
      ++n[code[i]];
    }
    close_home();
    double widest = 0, all = 0, all_variance = 0;
    for (std::size_t c = 0; c < kinds; ++c) {
      REQUIRE(n[c] > 0);
      widest = std::max(widest, std::sqrt(covariance[c][c]) / static_cast<double>(n[c]));
      all += off[c];
      for (std::size_t b = 0; b < kinds; ++b) {
        all_variance += covariance[c][b];
      }
    }
    const double chi = quadratic_form(covariance, off), freedom = static_cast<double>(kinds);
    const double spread = 2 / (9 * freedom);
    const double z = (std::cbrt(chi / freedom) - (1 - spread)) / std::sqrt(spread);
    const double error = std::sqrt(all_variance) / static_cast<double>(people);
    std::printf(
        "shares with correlations %.1f, %.1f: n %zu, chi-square %.1f of %g, z %.2f, standard error "
        "of all %.6f, of an archetype at most %.6f, notices %.6f and %.6f\n",
        r.group, r.own, people, chi, freedom, z, error, widest, 4 * error, 4 * widest);
    CHECK(z < 3.09);
    CHECK(std::abs(all) / static_cast<double>(people) < 3.3 * error);
  }
}

TEST_CASE("who never acts in half a year of weeks is as many as the integral says",
          "[temperament][chance]") {
  // 0.74^26 of people without a temperament; the integral of (1 - p(z))^26 of people with one.
  constexpr u32 weeks = 26;
  const double p = probability(p26);
  const std::size_t n = people / 10;
  const auto place = places(n, household_sizes);
  const std::vector<u16> code(n, 0);
  const auto share_never = [&](double rho) {
    return over_normal([&](double z) { return std::pow(1 - given(p, rho, z), weeks); });
  };
  CHECK(share_never(0) == Approx(std::pow(1 - p, weeks)).epsilon(1e-9));
  CHECK(share_never(0) == Approx(0.0004).epsilon(.01));
  CHECK(share_never(.4) == Approx(0.114).epsilon(.005));
  for (const Correlation r :
       {Correlation{0, 0}, Correlation{0, .4}, Correlation{.2, .2}, Correlation{.4, 0}}) {
    const Temperament t(Chance(8), kind, decision_number("stay_home"), r);
    std::vector<float> lasts(t.lasts() ? n : 0);
    if (t.lasts()) {
      t.lasting(0, place, lasts);
    }
    std::vector<u8> acts(n);
    std::vector<u32> times(n);
    for (u32 week = 1; week <= weeks; ++week) {
      t.act(0, 7 * week, code, std::vector<u32>{p26}, lasts, acts);
      for (std::size_t i = 0; i < n; ++i) {
        times[i] += acts[i];
      }
    }
    Mean of_weeks, of_never;
    for (std::size_t i = 0; i < n; ++i) {
      if (place[i] == 0) {
        of_weeks.begin_cluster();
        of_never.begin_cluster();
      }
      of_weeks.add(times[i] / double{weeks});
      of_never.add(times[i] == 0 ? 1 : 0);
    }
    std::printf("correlations %.1f, %.1f: ", r.group, r.own);
    CHECK(of_never.is("share who never acts", share_never(r.group + r.own)));
    std::printf("correlations %.1f, %.1f: ", r.group, r.own);
    CHECK(of_weeks.is("mean share over the weeks", p));
  }
}

TEST_CASE("actions go together as far as what lasts is shared", "[temperament][chance]") {
  // Pairs of a row's epochs share group and own; two of one group share the group alone; a row's
  // actions in two decisions share nothing.
  const double p = probability(p26);
  const std::size_t n = people / 5;
  const std::vector<u8> place = places(n, {2});
  const std::vector<u16> code(n, 0);
  const Correlation r = {.group = .25, .own = .3};
  const auto both = [&](double rho) {
    return over_normal([&](double z) { return given(p, rho, z) * given(p, rho, z); });
  };
  const auto acts = [&](std::string_view name, Step epoch) {
    const Temperament t(Chance(4), kind, decision_number(name), r);
    std::vector<float> lasts(n);
    t.lasting(0, place, lasts);
    std::vector<u8> out(n);
    t.act(0, epoch, code, std::vector<u32>{p26}, lasts, out);
    return out;
  };
  const auto first = acts("stay_home", 7), later = acts("stay_home", 7 * 52),
             other = acts("wear_mask", 7);
  Mean own, housemates, housemates_later, decisions, neighbors;
  for (std::size_t i = 0; i + 3 < n; i += 2) {
    for (Mean* m : {&own, &housemates, &housemates_later, &decisions, &neighbors}) {
      m->begin_cluster();
    }
    own.add(first[i] * later[i]);
    housemates.add(first[i] * first[i + 1]);
    housemates_later.add(first[i] * later[i + 1]);
    decisions.add(first[i] * other[i]);
    neighbors.add(first[i + 1] * first[i + 2]);
  }

  CHECK(own.is("both of two epochs", both(r.group + r.own)));
  CHECK(housemates.is("both of two in a household", both(r.group)));
  CHECK(housemates_later.is("one now and a housemate a year later", both(r.group)));
  CHECK(decisions.is("both of two decisions", p * p));
  CHECK(neighbors.is("both of two households", p * p));
  CHECK(both(r.group + r.own) > 1.5 * p * p);
}

TEST_CASE("what lasts has the shares of variance it is given", "[temperament][chance]") {
  const std::size_t n = people / 10;
  const auto place = places(n, household_sizes);
  const Temperament t(Chance(6), kind, 1, {.group = .1, .own = .35});
  std::vector<float> lasts(n);
  t.lasting(0, place, lasts);
  Mean mean, square, product;
  for (std::size_t i = 0; i < n; ++i) {
    if (place[i] == 0) {
      mean.begin_cluster();
      square.begin_cluster();
      product.begin_cluster();
    }
    const double x = lasts[i];
    mean.add(x);
    square.add(x * x);
    if (place[i] == 1) {
      product.add(x * static_cast<double>(lasts[i - 1]));
    }
  }

  CHECK(mean.is("mean of what lasts", 0));
  CHECK(square.is("its variance", .45));
  CHECK(product.is("its covariance in a household", .1));
}

TEST_CASE("a correlation that leaves nothing to the day is refused", "[temperament]") {
  for (const Correlation r : {Correlation{.5, .5}, Correlation{-.1, 0}, Correlation{0, 1},
                              Correlation{0, std::numeric_limits<double>::quiet_NaN()}}) {
    CHECK_THROWS_AS(Temperament(Chance(1), kind, 1, r), ContractError);
  }
}

TEST_CASE("names of decisions are numbers that counters have room for", "[temperament]") {
  CHECK(decision_number("stay_home") != decision_number("wear_mask"));
  CHECK(decision_number("stay_home") <= Counter::max_index);
  CHECK(decision_number("") == (2166136261u & Counter::max_index));
}

}  // namespace throng
