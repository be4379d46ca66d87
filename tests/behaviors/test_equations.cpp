// Epidemics whose outcome is known from equations, by simulation: classical models are settings of
// the same behaviors. Steps are whole days, so where an equation is about continuous time the
// matching difference equation is used, and is itself compared with the equation.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

const WholeSteps one_day = WholeSteps::constant(1);

/// Ids 0, every, 2 every, ...
std::vector<AgentId> each(AgentId people, AgentId every) {
  std::vector<AgentId> ids;
  for (AgentId i = 0; i < people; i += every) {
    ids.push_back(i);
  }
  return ids;
}

/// Infected of a well-mixed final state, z = 1 - exp(-R0 (e + (1 - e) z)), where a share e was
/// infected from outside: the share of all people.
double final_share(double r0, double seeded) {
  const double z = root(
      [&](double x) { return x - 1 + std::exp(-r0 * (seeded + (1 - seeded) * x)); }, 1e-3, 1.0);
  return seeded + (1 - seeded) * z;
}

}  // namespace

TEST_CASE("final sizes are those of the final size equation", "[.statistics]") {
  // Exact in steps of any length: a case makes a Poisson number of contacts of mean R0 in all,
  // whenever they happen, each with anybody. What is left is of order 1 / people. Without seeds the
  // roots are .58281164, .79681213, .89264475 and .94047979.
  CHECK(final_share(1.5, 0) == Approx(.58281164).margin(1e-8));
  CHECK(final_share(2, 0) == Approx(.79681213).margin(1e-8));
  CHECK(final_share(2.5, 0) == Approx(.89264475).margin(1e-8));
  CHECK(final_share(3, 0) == Approx(.94047979).margin(1e-8));
  constexpr AgentId people = 100'000;
  constexpr u32 seeds = 1'000;
  for (const double r0 : {1.5, 2.0, 2.5, 3.0}) {
    Model m = well_mixed(people, 500);
    const WholeSteps infectious = WholeSteps::lognormal(4, 2);
    m.settings->history = seir(WholeSteps::lognormal(2, 1), infectious);
    m.settings->seeds = {anybody(seeds)};
    m.beta = r0 / (contacts_a_day * infectious.mean());
    std::vector<double> share;
    for (u64 seed = 1; seed <= 8; ++seed) {
      Trial trial(m, seed);
      trial.run();
      REQUIRE(trial.over());
      share.push_back(static_cast<double>(trial.infected()) / people);
    }

    agrees("final size at R0 " + std::to_string(r0), estimate(share),
           final_share(r0, static_cast<double>(seeds) / people), .02);
  }
}

namespace {

/// New infections of a SEIR epidemic with geometric times of means 1/s and 1/g days, by difference
/// equations in the order of a day: stages end, contacts, infections. A stage lasts a day at least.
std::vector<double> seir_by_difference(double people, double seeds, double s, double g,
                                       double contacts, Step steps) {
  double susceptible = people, infectious = 0, latent = 0;
  std::vector<double> all = {0};
  for (Step t = 1; t <= steps; ++t) {
    const double onset = s * latent;  // of those exposed yesterday or before
    infectious = infectious * (1 - g) + onset;
    latent -= onset;
    const double infected =
        susceptible * -std::expm1(-contacts * infectious / people) + (t == 1 ? seeds : 0);
    susceptible -= infected;
    latent += infected;
    all.push_back(infected);
  }
  return all;
}

/// Growth rate between four days from `first` and four days from `last` [1/day].
double growth(std::span<const double> infections, Step first, Step last) {
  const auto four = [&](Step t) {
    return std::accumulate(infections.begin() + t, infections.begin() + t + 4, 0.0);
  };
  return std::log(four(last) / four(first)) / (last - first);
}

}  // namespace

TEST_CASE("an epidemic grows as Euler and Lotka say", "[.statistics]") {
  // In days, with chances s and g of ending a stage, growth x = exp(r) a day solves
  //   (x - (1 - s)) (x - (1 - g)) = R0 g s x,
  // which for short steps is r = [-(s + g) + sqrt((s - g)^2 + 4 s R0 g)] / 2.
  const double s = 1.0 / 3, g = 1.0 / 5, r0 = 2.5;
  const auto rate = [&](double dt) {
    const double p = s * dt, q = g * dt, half = (2 - p - q + r0 * p * q) / 2;
    return std::log(half + std::sqrt(half * half - (1 - p) * (1 - q))) / dt;
  };
  CHECK(rate(1e-4) ==
        Approx((-(s + g) + std::sqrt((s - g) * (s - g) + 4 * s * r0 * g)) / 2).epsilon(1e-4));
  constexpr AgentId people = 500'000;
  constexpr u32 seeds = 1'000;
  constexpr Step first = 8, last = 20;
  // As it grows the epidemic uses up susceptibles: 2 % of them by the last day. The difference
  // equations say by how much that slows it, and the measured rates are corrected by that much.
  const auto exact = seir_by_difference(people, seeds, s, g, r0 * g, last + 4);
  const auto unlimited = seir_by_difference(1e12, seeds, s, g, r0 * g, last + 4);
  const double slowed = growth(unlimited, first, last) - growth(exact, first, last);
  CHECK(growth(unlimited, first, last) == Approx(rate(1)).epsilon(1e-3));
  Model m = well_mixed(people, last + 4);
  m.settings->history = seir(WholeSteps::geometric(1 / s), WholeSteps::geometric(1 / g));
  m.settings->seeds = {anybody(seeds)};
  m.beta = r0 * g / contacts_a_day;

  std::vector<double> rates;
  for (u64 seed = 1; seed <= 16; ++seed) {
    Trial trial(m, seed);
    trial.run();
    const std::vector<double> infections(trial.infections().begin(), trial.infections().end());
    rates.push_back(growth(infections, first, last) + slowed);
  }

  agrees("SEIR growth rate a day", estimate(rates), rate(1), .02);
}

namespace {

/// Largest share of people infectious at the end of a day, by difference equations. Those infected
/// on a day count, and can infect from the next.
double sir_peak_by_difference(double seeded, double end, double contacts, Step steps) {
  double susceptible = 1, infectious = 0, fresh = 0, most = 0;
  for (Step t = 1; t <= steps; ++t) {
    infectious = infectious * (1 - end) + fresh;
    fresh = susceptible * -std::expm1(-contacts * infectious);
    fresh = t == 1 ? seeded : fresh;
    susceptible -= fresh;
    most = std::max(most, infectious + fresh);
  }
  return most;
}

}  // namespace

TEST_CASE("the peak of SIR is that of the matching difference equations", "[.statistics]") {
  // For short steps it is 1 - (1 + ln(R0 (1 - e))) / R0 with a share e infected at first, which
  // for small e is 1 - 1 / R0 - ln(R0) / R0.
  constexpr double r0 = 2, seeded = .01, mean = 10;
  const double by_day = sir_peak_by_difference(seeded, 1 / mean, r0 / mean, 400);
  CHECK(sir_peak_by_difference(seeded, 1e-4, r0 * 1e-4, 1'000'000) ==
        Approx(1 - (1 + std::log(r0 * (1 - seeded))) / r0).epsilon(1e-3));
  constexpr AgentId people = 100'000;
  Model m = well_mixed(people, 60);
  m.settings->history = sir(WholeSteps::geometric(mean));
  m.settings->seeds = {anybody(1'000)};
  m.beta = r0 / mean / contacts_a_day;

  std::vector<double> peaks;
  for (u64 seed = 1; seed <= 10; ++seed) {
    Trial trial(m, seed);
    i64 most = 0;
    while (trial.simulation().now() < m.settings->steps) {
      trial.step();
      most = std::max(most, trial.count_of(1));
    }
    peaks.push_back(static_cast<double>(most) / people);
  }

  agrees("peak of SIR at R0 2", estimate(peaks), by_day, .02);
}

TEST_CASE("a geometric time has a mean of one step over the chance of ending", "[.statistics]") {
  // A rate of 0.3 a day ends a stage with chance p = 1 - exp(-0.3) a day: after 1 / p = 3.858 days
  // on average, not after 1 / 0.3 = 3.333.
  const double p = -std::expm1(-0.3);
  constexpr AgentId people = 200'000;
  Model m = well_mixed(people, 100);
  m.settings->history = sir(WholeSteps::geometric(1 / p));
  m.settings->seeds = {these(each(people, 1))};
  m.beta = 0;

  // Everybody is infected on day 1 and infectious from day 2: person-days are counted from then.
  Trial trial(m, 1);
  trial.step();
  double days = 0;
  while (!trial.over()) {
    trial.step();
    days += static_cast<double>(trial.count_of(1));
  }

  const double deviation = std::sqrt(1 - p) / p;
  agrees("mean of a geometric time at rate 0.3 a day",
         {people, days / people, deviation / std::sqrt(people)}, 1 / p, .01);
}

// ---- households ---------------------------------------------------------------------------------

namespace {

Model households(AgentId people, u32 size, Step steps) {
  TownParameters town{.people = people,
                      .neighborhoods = 1,
                      .household_sizes = {},
                      .school = false,
                      .work = false,
                      .families = false,
                      .uneven_contacts = false};
  town.household_sizes[size - 1] = 1;
  Model m = model_of(std::make_shared<Town>(town), steps);
  m.settings->history = sir(one_day);
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::community)] = 0;
  return m;
}

}  // namespace

TEST_CASE("households of four see Reed and Frost's numbers", "[.statistics]") {
  // One case each, infectious for one day, pair probability .3 = 1 - exp(-beta). With q = .7:
  // no other case q^3 = .343, one 3 p q^4 = .21609, two .222264, all three .218646.
  constexpr AgentId people = 700'000;
  Model m = households(people, 4, 20);
  m.settings->seeds = {these(each(people, 4))};
  m.beta = -std::log(.7);

  Trial trial(m, 1);
  trial.run();
  const auto stages = trial.values(stage);
  std::array<i64, 4> homes{};
  for (AgentId first = 0; first < people; first += 4) {
    ++homes[std::count_if(stages.begin() + first, stages.begin() + first + 4,
                          [](u8 s) { return s != 0; }) -
            1];
  }

  REQUIRE(trial.over());
  const double expected[] = {.343, .21609, .222264, .218646};
  for (std::size_t more = 0; more < 4; ++more) {
    agrees("households of 4 with " + std::to_string(more) + " further cases",
           proportion(homes[more], people / 4), expected[more], .02);
  }
}

namespace {

/// Expected infected of a household of `open` susceptible people, of whom `sources` others try to
/// infect each with probability p, and the rest of the world infects each with probability 1 - q.
/// Infection from outside may come at any time: whoever it strikes is a source from the start.
double infected_of_household(u32 open, u32 sources, double p, double q) {
  const auto choose = [](u32 n, u32 k) {
    double c = 1;
    for (u32 i = 0; i < k; ++i) {
      c = c * (n - i) / (i + 1);
    }
    return c;
  };
  // Chain binomial: `now` sources, `left` susceptible people.
  const auto chain = [&](auto&& self, u32 left, u32 now) -> double {
    if (now == 0 || left == 0) {
      return 0;
    }
    const double escapes = std::pow(1 - p, now);
    double sum = 0;
    for (u32 k = 1; k <= left; ++k) {
      sum += choose(left, k) * std::pow(1 - escapes, k) * std::pow(escapes, left - k) *
             (k + self(self, left - k, k));
    }
    return sum;
  };
  double sum = 0;
  for (u32 struck = 0; struck <= open; ++struck) {
    sum += choose(open, struck) * std::pow(1 - q, struck) * std::pow(q, open - struck) *
           (struck + chain(chain, open - struck, struck + sources));
  }
  return sum;
}

/// Share of all people infected in the end, where a share `seeded` of the households of this size
/// had one case from outside: each case makes `global` contacts with anybody.
double final_share_of_households(u32 size, double p, double global, double seeded) {
  return root(
      [&](double z) {
        const double q = std::exp(-global * z);
        const double plain = infected_of_household(size, 0, p, q) / size;
        const double first = (1 + infected_of_household(size - 1, 1, p, q)) / size;
        return z - (1 - seeded) * plain - seeded * first;
      },
      1e-3, 1.0);
}

}  // namespace

TEST_CASE("households in a city end as Ball, Mollison and Scalia-Tomba say", "[.statistics]") {
  // Size 3, pair probability .3 at home, one contact a case with anybody: .61504009 without seeds.
  CHECK(final_share_of_households(3, .3, 1, 0) == Approx(.61504009).margin(1e-8));
  constexpr AgentId people = 150'000;
  constexpr AgentId every = 300;  // one household in 100 has a case from outside
  Model m = households(people, 3, 400);
  m.settings->seeds = {these(each(people, every))};
  m.beta = -std::log(.7);
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::community)] =
      1 / (m.beta * contacts_a_day);

  std::vector<double> share;
  for (u64 seed = 1; seed <= 8; ++seed) {
    Trial trial(m, seed);
    trial.run();
    REQUIRE(trial.over());
    share.push_back(static_cast<double>(trial.infected()) / people);
  }

  agrees("final size with households of 3", estimate(share),
         final_share_of_households(3, .3, 1, .01), .02);
}

// ---- extinction ---------------------------------------------------------------------------------

namespace {

constexpr u32 few = 60;  ///< an outbreak of at most so many cases counts as one that died out

/// Share of outbreaks from one case that end with `few` cases at most, in blocks of this many
/// people, by plain simulation: case after case makes a Poisson number of contacts with anybody.
Estimate small_outbreaks(u32 people, double r0, double shape, u32 trials) {
  std::mt19937_64 chance(1);
  std::gamma_distribution<double> individual(shape > 0 ? shape : 1, shape > 0 ? 1 / shape : 1);
  i64 small = 0;
  std::vector<u32> struck_in(people, 0);  // number of the trial, from 1
  for (u32 trial = 1; trial <= trials; ++trial) {
    u32 cases = 1;
    struck_in[0] = trial;
    for (u32 done = 0; done < cases && cases <= few; ++done) {
      const double mean = r0 * (shape > 0 ? individual(chance) : 1);
      for (u32 n = std::poisson_distribution<u32>(mean)(chance); n > 0; --n) {
        u32& at = struck_in[below(static_cast<u32>(chance() >> 32), people)];
        cases += at != trial;
        at = trial;
      }
    }
    small += cases <= few;
  }
  return proportion(small, trials);
}

/// People who live alone, in blocks whose community contacts stay inside.
class Blocks final : public PopulationSource {
 public:
  Blocks(u32 blocks, u32 size) : size_(size), label_(blocks) {}
  AgentId people() const override { return neighborhoods() * size_; }
  u32 places() const override { return 0; }
  u32 neighborhoods() const override { return static_cast<u32>(label_.size()); }
  AgentId first_person(u32 h) const override { return h * size_; }
  u32 first_place(u32) const override { return 0; }
  u8 borough_of(u32) const override { return 0; }
  std::span<const BoroughLabel> boroughs() const override { return borough_; }
  std::span<const NeighborhoodLabel> neighborhood_labels() const override { return label_; }
  std::span<const SectorLabel> sectors() const override { return {}; }
  double outsider_share(u8) const override { return 0; }
  double mixing_weight(u32 h, u32 k) const override { return h == k ? 1 : 0; }
  void build_people(u32 h_begin, u32 h_end, PeopleSpans out) const override {
    for (u32 h = h_begin, i = 0; h < h_end; ++h) {
      for (u32 k = 0; k < size_; ++k, ++i) {
        out.age[i] = 30;
        out.neighborhood[i] = static_cast<u16>(h);
        out.household_size[i] = 1;
        out.sector[i] = no_sector;
        out.contact_rate[i] = static_cast<u8>(2 * contacts_a_day);
        out.place[i] = no_place;
      }
    }
  }
  void build_places(u32, u32, PlaceSpans) const override {}

 private:
  u32 size_;
  std::vector<BoroughLabel> borough_ = {{"B", "All blocks"}};
  std::vector<NeighborhoodLabel> label_;
};

/// The same by the engine: a thousand blocks that never meet, with one case each.
Estimate small_outbreaks_of_blocks(u32 people, double r0, double shape, u64 runs) {
  constexpr u32 blocks = 1'000;
  Model m = model_of(std::make_shared<Blocks>(blocks, people), 300);
  Settings& s = *m.settings;
  s.history = sir(one_day);
  s.shape = shape;
  s.seeds = {these({})};
  for (u32 h = 0; h < blocks; ++h) {
    s.seeds[0].people.push_back(h * people);
  }
  m.beta = r0 / contacts_a_day;
  i64 small = 0;
  for (u64 seed = 1; seed <= runs; ++seed) {
    Trial trial(m, seed);
    trial.run();
    REQUIRE(trial.over());
    const auto stages = trial.values(stage);
    for (u32 h = 0; h < blocks; ++h) {
      small += std::count_if(stages.begin() + h * people, stages.begin() + (h + 1) * people,
                             [](u8 at) { return at != 0; }) <= few;
    }
  }
  return proportion(small, static_cast<i64>(blocks * runs));
}

}  // namespace

TEST_CASE("outbreaks from one case die out as branching processes say", "[.statistics]") {
  // Everybody alike, R0 2: x = exp(R0 (x - 1)) = .20318787. Individual infectiousness Gamma of
  // shape k = .45, R0 2.5: x = (1 + R0 (1 - x) / k)^-k = .58303742. In blocks of 250 people some
  // contacts meet who was infected before: plain simulation says how much that matters, and is
  // itself compared with the branching process in blocks of 100,000.
  struct Known {
    double r0, shape, extinct;
    u64 runs;  // so that an error of 2 % is noticed
  };
  for (const Known& known : {Known{2, 0, .20318787, 200}, Known{2.5, .45, .58303742, 40}}) {
    const std::string what = "extinction at R0 " + std::to_string(known.r0);
    agrees(what + ", plain and large", small_outbreaks(100'000, known.r0, known.shape, 200'000),
           known.extinct, .02);
    const Estimate plain = small_outbreaks(250, known.r0, known.shape, 1'000'000);

    Estimate engine = small_outbreaks_of_blocks(250, known.r0, known.shape, known.runs);

    engine.error = std::hypot(engine.error, plain.error);
    agrees(what + ", blocks of 250", engine, plain.mean, .02);
    CHECK(engine.mean == Approx(known.extinct).epsilon(.05));
  }
}

// ---- edges --------------------------------------------------------------------------------------

namespace {

/// A random graph in which everybody has `degree` neighbors: half-edges paired at random, pairs
/// that would be a loop or a repetition exchanged with others.
std::vector<Edges::Edge> regular_graph(u32 people, u32 degree, u64 seed) {
  std::mt19937_64 chance(seed);
  std::vector<u32> half;
  for (u32 k = 0; k < people * degree; ++k) {
    half.push_back(k / degree);
  }
  std::shuffle(half.begin(), half.end(), chance);
  std::vector<std::vector<u32>> of(people);
  const auto linked = [&](u32 a, u32 b) {
    return std::find(of[a].begin(), of[a].end(), b) != of[a].end();
  };
  for (std::size_t k = 0; k + 1 < half.size(); k += 2) {
    for (u32 turn = 0; turn < 1000 && (half[k] == half[k + 1] || linked(half[k], half[k + 1]));
         ++turn) {
      const std::size_t with = k + 1 + chance() % (half.size() - k - 1);
      std::swap(half[k + 1], half[with]);
    }
    if (half[k] != half[k + 1] && !linked(half[k], half[k + 1])) {
      of[half[k]].push_back(half[k + 1]);
      of[half[k + 1]].push_back(half[k]);
    }
  }
  std::vector<Edges::Edge> edges;
  for (u32 a = 0; a < people; ++a) {
    for (const u32 b : of[a]) {
      edges.push_back({a, b, 1});
    }
  }
  return edges;
}

}  // namespace

TEST_CASE("a random 4-regular network at half transmission is percolated", "[.statistics]") {
  // A link leads nowhere with probability u = 1 - T + T u^3 = .61803399; T = .5 = 1 - exp(-beta).
  // Who is infected is the giant component, 1 - u^4 = .85410197, and the small ones of 8 seeds:
  // 8 x .146 x some 1.4 of 50,000, which is not seen.
  constexpr AgentId people = 50'000;
  Model m = well_mixed(people, 200);
  m.settings->history = sir(one_day);
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::community)] = 0;
  m.settings->seeds = {anybody(8)};
  m.beta = -std::log(.5);

  std::vector<double> share;
  for (u64 seed = 1; seed <= 10; ++seed) {
    m.edges = regular_graph(people, 4, seed);
    REQUIRE(m.edges.size() >= 4 * people - 4);
    Trial trial(m, seed);
    trial.run();
    REQUIRE(trial.over());
    share.push_back(static_cast<double>(trial.infected()) / people);
  }

  agrees("final size on a random 4-regular network", estimate(share), .85410197, .01);
}

namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix read_matrix(const std::filesystem::path& path) {
  Matrix rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) {
      rows.back().push_back(std::stod(cell));
    }
  }
  return rows;
}

double largest_eigenvalue(const Matrix& m) {
  std::vector<double> v(m.size(), 1.0);
  double value = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<double> next(m.size(), 0.0);
    for (std::size_t i = 0; i < m.size(); ++i) {
      next[i] = std::inner_product(m[i].begin(), m[i].end(), v.begin(), 0.0);
    }
    value = *std::max_element(next.begin(), next.end());
    for (std::size_t i = 0; i < m.size(); ++i) {
      v[i] = next[i] / value;
    }
  }
  return value;
}

/// z_i = e + (1 - e) (1 - exp(-sum_j k_ij z_j)), by iteration from above: a share e of every group
/// is infected from outside.
std::vector<double> final_by_group(const Matrix& k, double seeded) {
  std::vector<double> z(k.size(), 1.0);
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<double> next;
    for (const auto& row : k) {
      const double hazard = std::inner_product(row.begin(), row.end(), z.begin(), 0.0);
      next.push_back(1 - (1 - seeded) * std::exp(-hazard));
    }
    z = std::move(next);
  }
  return z;
}

}  // namespace

TEST_CASE("age groups end as the matrix of New York State says", "[.statistics]") {
  // z_i = 1 - exp(-(R0 / rho) sum_j M_ij z_j) is .4909 of all at R0 1.5 with 18 groups. Here as a
  // random directed network: links from group j to group i are Poisson by mean (R0 / rho) M_ij / T
  // into each person of i, each transmits with T = .5, so nobody is struck over them with
  // probability exp(-sum_j (R0 / rho) M_ij z_j), which is the equation.
  const std::filesystem::path data = THRONG_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(data / "ny_state_M_overall_contact_matrix_18.csv")) {
    WARN("skipped: the contact matrices of New York State are not beside this checkout");
    return;
  }
  Matrix mean_links = read_matrix(data / "ny_state_M_overall_contact_matrix_18.csv");
  const Matrix ages = read_matrix(data / "ny_state_age_distribution_18.csv");
  const double scale = 1.5 / largest_eigenvalue(mean_links), transmission_of_link = .5;
  for (auto& row : mean_links) {
    for (double& k : row) {
      k *= scale;
    }
  }
  constexpr AgentId people = 100'000;
  constexpr u32 seeds = 200;
  const auto z = final_by_group(mean_links, static_cast<double>(seeds) / people);
  const auto without_seeds = final_by_group(mean_links, 0);
  double all = 0;
  for (const auto& row : ages) {
    all += row[1];
  }
  std::vector<u32> first = {0};
  double upto = 0, expected = 0, unseeded = 0;
  for (std::size_t i = 0; i < ages.size(); ++i) {
    upto += ages[i][1];
    first.push_back(static_cast<u32>(upto / all * people + .5));
    expected += z[i] * (first[i + 1] - first[i]) / people;
    unseeded += without_seeds[i] * ages[i][1] / all;
  }
  CHECK(unseeded == Approx(.4909).margin(2e-4));
  Model m = well_mixed(people, 400);
  m.settings->history = sir(one_day);
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::community)] = 0;
  m.settings->seeds = {anybody(seeds)};
  m.beta = -std::log(1 - transmission_of_link);

  std::vector<double> share;
  for (u64 seed = 1; seed <= 10; ++seed) {
    std::mt19937_64 chance(seed);
    const auto one_of = [&](std::size_t group) {
      return first[group] +
             below(static_cast<u32>(chance() >> 32), first[group + 1] - first[group]);
    };
    m.edges.clear();
    for (std::size_t i = 0; i < ages.size(); ++i) {
      for (std::size_t j = 0; j < ages.size(); ++j) {
        const double mean = mean_links[i][j] / transmission_of_link * (first[i + 1] - first[i]);
        for (u32 n = std::poisson_distribution<u32>(mean)(chance); n > 0; --n) {
          m.edges.push_back({one_of(j), one_of(i), 1});
        }
      }
    }
    Trial trial(m, seed);
    trial.run();
    REQUIRE(trial.over());
    share.push_back(static_cast<double>(trial.infected()) / people);
  }

  agrees("final size of 18 age groups", estimate(share), expected, .02);
}
