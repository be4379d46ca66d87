#include "behaviors/epidemic/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "behaviors/person/columns.h"
#include "sim/error.h"
#include "sim/math.h"
#include "sim/parallel.h"

namespace throng::epidemic {
namespace {

constexpr u32 grid = 240;
constexpr double smallest = 1e-7, largest = 1e3;

/// Courses of about equal dose as one of their mean: at most this many a band.
constexpr std::size_t course_bins = 48;

std::vector<NaturalHistory::Course> binned(std::vector<NaturalHistory::Course> all) {
  if (all.size() <= course_bins) {
    return all;
  }
  const double top = all.back().dose;
  std::vector<NaturalHistory::Course> bins(course_bins, {0, 0});
  for (const auto& c : all) {
    const auto b = std::min(course_bins - 1, static_cast<std::size_t>(c.dose / top * course_bins));
    bins[b].probability += c.probability;
    bins[b].dose += c.probability * c.dose;
  }
  std::erase_if(bins, [](const auto& b) { return b.probability <= 0; });
  for (auto& b : bins) {
    b.dose /= b.probability;
  }
  return bins;
}

}  // namespace

u32 MixingCounts::type_of(u32 band, u32 place_type, u32 contact_rate) const {
  u32 c = 0;
  while (c + 1 < rate_classes && contact_rate >= rate_limits[c]) {
    ++c;
  }
  return (band * place_types + place_type) * rate_classes + c;
}

MixingCounts count_mixing(const Communicator& world, Population& population,
                          const Settings& settings) {
  Kind& kind = population.kind(person::kind);
  const auto age = kind.values(person::age);
  const auto cell = kind.values(person::cell);
  const auto place_type = kind.values(person::place_type);
  const auto rate = kind.values(person::contact_rate);
  const auto neighborhood = kind.values(person::neighborhood);
  const auto position = kind.values(person::household_position);
  const auto size = kind.values(person::household_size);

  MixingCounts n;
  n.bands = settings.bands;
  n.types = n.bands * MixingCounts::place_types * MixingCounts::rate_classes;
  // Eight classes of equal size by contact rate.
  std::vector<i64> by_rate(256);
  for (Row r = 0; r < kind.rows(); ++r) {
    ++by_rate[rate[r]];
  }
  world.sum(std::span<i64>(by_rate));
  i64 below = 0;
  for (u32 v = 0; v < 256 && n.rate_limits.size() + 1 < MixingCounts::rate_classes; ++v) {
    below += by_rate[v];
    while (n.rate_limits.size() + 1 < MixingCounts::rate_classes &&
           below * MixingCounts::rate_classes >=
               static_cast<i64>(n.rate_limits.size() + 1) * kind.partition().total()) {
      n.rate_limits.push_back(v + 1);
    }
  }
  n.rate_limits.resize(MixingCounts::rate_classes - 1, 256);
  std::array<u32, 256> class_of{};
  for (u32 v = 0; v < 256; ++v) {
    class_of[v] = n.type_of(0, 0, v);
  }
  const auto type = [&](Row r) {
    return (cell[r] % n.bands * MixingCounts::place_types + place_type[r]) *
               MixingCounts::rate_classes +
           class_of[rate[r]];
  };

  n.people.assign(n.types, 0);
  n.neighborhoods = settings.geography.count();
  n.rate.assign(std::size_t{n.neighborhoods} * n.types, 0);
  n.pairs.assign(std::size_t{n.types} * n.types, 0);
  n.pupils.assign(std::size_t{MixingCounts::ages} * n.types, 0);
  n.in_place.assign(std::size_t{MixingCounts::place_types} * n.types, 0);
  n.boroughs = static_cast<u32>(std::max<std::size_t>(1, settings.geography.boroughs.size()));
  n.members_by_size.assign(
      std::size_t{MixingCounts::place_types} * n.boroughs * MixingCounts::size_cap, 0);
  n.pupils_by_size.assign(
      std::size_t{n.boroughs} * MixingCounts::classes_cap * MixingCounts::size_cap, 0);
  for (Row r = 0; r < kind.rows(); ++r) {
    const u32 t = type(r);
    ++n.people[t];
    n.rate[std::size_t{neighborhood[r]} * n.types + t] += rate[r];
    ++n.in_place[place_type[r] * n.types + t];
    if (place_type[r] == static_cast<u8>(person::PlaceType::school_class)) {
      ++n.pupils[std::min<u32>(age[r], MixingCounts::ages - 1) * n.types + t];
    }
  }
  // Pairs: one household in four stands for all (chosen by the id of its first member), where it is
  // whole here.
  const Partition& where = kind.partition();
  const u64 every = where.total() > 4'000'000 ? 4 : 1;
  for (Row r = 0; r < kind.rows(); ++r) {
    const AgentId first = where.id_of(r) - position[r];
    if (size[r] < 2 || mix(first) % every != 0) {
      continue;
    }
    ensures(where.is_mine(first) && where.is_mine(first + size[r] - 1u),
            "mixing is counted while households are whole");
    for (u32 k = 0; k < size[r]; ++k) {
      if (k != position[r]) {
        ++n.pairs[std::size_t{type(r)} * n.types + type(where.row_of(first + k))];
      }
    }
  }
  for (i64& p : n.pairs) {
    p *= static_cast<i64>(every);
  }
  if (const Groups* places = population.groups(person::place_network)) {
    Kind& place_kind = population.kind(person::place_kind);
    const auto types = place_kind.values(person::type_of_place);
    const auto stands_in = place_kind.values(person::neighborhood_of_place);
    const auto siblings = place_kind.values(person::siblings);
    for (Row p = 0; p < places->groups().rows(); ++p) {
      const u32 members = places->size(p), borough = settings.geography.borough_of[stands_in[p]];
      n.members_by_size[(types[p] * n.boroughs + borough) * MixingCounts::size_cap +
                        std::min(members, MixingCounts::size_cap - 1)] += members;
      if (types[p] == static_cast<u8>(person::PlaceType::school_class)) {
        const u64 classes = std::clamp<u32>(siblings[p], 1, MixingCounts::classes_cap);
        n.pupils_by_size[(borough * MixingCounts::classes_cap + classes - 1) *
                             MixingCounts::size_cap +
                         std::min(members, MixingCounts::size_cap - 1)] += members;
      }
    }
  }
  for (auto* v : {&n.people, &n.rate, &n.pairs, &n.pupils, &n.in_place, &n.members_by_size,
                  &n.pupils_by_size}) {
    world.sum(std::span<i64>(*v));
  }
  return n;
}

std::string eigen_version() {
  return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
         std::to_string(EIGEN_MINOR_VERSION);
}

NextGeneration::NextGeneration(const Settings& settings, MixingCounts counts)
    : settings_(settings), counts_(std::move(counts)) {
  std::vector<double> individual = {1.0};
  if (settings.shape > 0) {
    const GammaClasses classes(settings.shape);
    individual.assign(classes.means().begin(), classes.means().end());
  }
  meet_in_community();
  log_first_ = math::log(smallest);
  log_step_ = (math::log(largest) - log_first_) / (grid - 1);
  table_.assign(counts_.bands, std::vector<double>(grid));
  mean_dose_.assign(counts_.bands, 0);
  for (u32 band = 0; band < counts_.bands; ++band) {
    const auto courses = binned(settings.history->courses(band));
    for (const auto& c : courses) {
      mean_dose_[band] += c.probability * c.dose;
    }
    parallel_for(grid, u64{grid} * courses.size() * individual.size(), [&](std::size_t g) {
      const double x = math::exp(log_first_ + static_cast<double>(g) * log_step_);
      double escapes = 0;
      for (const auto& c : courses) {
        double sum = 0;
        for (const double nu : individual) {
          sum += math::exp(-x * nu * c.dose);
        }
        escapes += c.probability * sum / static_cast<double>(individual.size());
      }
      table_[band][g] = (1 - escapes) / x;
    });
  }
}

void NextGeneration::meet_in_community() {
  // Sums in a fixed order, one by one: Eigen's products may depend on the number of threads.
  const u32 n = counts_.types, homes = counts_.neighborhoods;
  const auto& mixing = settings_.geography.mixing;
  std::vector<double> there(homes, 0.0);
  for (std::size_t k = 0; k < homes; ++k) {
    for (std::size_t b = 0; b < n; ++b) {
      there[k] += static_cast<double>(counts_.rate[k * n + b]);
    }
  }
  community_ = Eigen::MatrixXd::Zero(n, n);
  std::vector<double> met(n);  // share of the contacts of people of one neighborhood
  for (std::size_t home = 0; home < homes; ++home) {
    double all = 0;
    for (std::size_t k = 0; k < homes; ++k) {
      all += mixing[home * homes + k] * there[k];
    }
    if (there[home] <= 0 || all <= 0) {
      continue;
    }
    std::fill(met.begin(), met.end(), 0.0);
    for (std::size_t k = 0; k < homes; ++k) {
      const double share = mixing[home * homes + k] / all;
      for (std::size_t b = 0; b < n; ++b) {
        met[b] += share * static_cast<double>(counts_.rate[k * n + b]);
      }
    }
    for (u32 a = 0; a < n; ++a) {
      const i64 rate = counts_.rate[home * n + a];
      for (u32 b = 0; rate > 0 && b < n; ++b) {
        community_(a, b) +=
            0.5 * static_cast<double>(rate) / static_cast<double>(counts_.people[a]) * met[b];
      }
    }
  }
}

double NextGeneration::infects(u32 band, double x) const {
  if (x <= smallest) {
    return x * mean_dose_[band];
  }
  if (x >= largest) {
    return largest * table_[band].back();  // beyond the grid nobody escapes who could be infected
  }
  const double at = std::min((math::log(x) - log_first_) / log_step_, grid - 1.001);
  const auto g = static_cast<std::size_t>(at);
  const double part = at - static_cast<double>(g);
  return std::min(1.0, x * (table_[band][g] * (1 - part) + table_[band][g + 1] * part));
}

double NextGeneration::infected_in_grade(u32 band, double x) const {
  const Contacts& c = settings_.contacts;
  const double own = c.in_class * c.class_share, apart = c.in_class - own;
  double sum = 0, members = 0;
  for (std::size_t k = 0; k < counts_.pupils_by_size.size(); ++k) {
    const auto pupils = static_cast<double>(counts_.pupils_by_size[k]);
    if (pupils <= 0) {
      continue;
    }
    // Classes of a grade are about equally large, and contacts with the grade fall into the own
    // class too.
    const double size = static_cast<double>(k % MixingCounts::size_cap);
    const double classes =
        static_cast<double>(k / MixingCounts::size_cap % MixingCounts::classes_cap) + 1;
    const double others = size - 1, grade = classes * size - 1;
    const double of_class = own / std::max({std::floor(own), others, 1.0});
    const double of_grade = apart / std::max({std::floor(apart), grade, 1.0});
    sum += pupils * (others * infects(band, x * (of_class + of_grade)) +
                     (grade - others) * infects(band, x * of_grade));
    members += pupils;
  }
  return members > 0 ? sum / members : 0;
}

double NextGeneration::infected_in_group(u32 band, double beta, person::PlaceType place,
                                         double weight, double sigma) const {
  const Contacts& c = settings_.contacts;
  if (place == person::PlaceType::school_class && c.class_share < 1) {
    return infected_in_grade(band, beta * weight * sigma);
  }
  double sum = 0, members = 0;
  for (u32 borough = 0; borough < counts_.boroughs; ++borough) {
    const i64* sizes =
        &counts_.members_by_size[(static_cast<u32>(place) * counts_.boroughs + borough) *
                                 std::size_t{MixingCounts::size_cap}];
    // Contacts with one's own group, in slots of which some may be empty; and with others, never
    // the same twice.
    double own = c.in_quarters, apart = 0, slots = 1;
    if (place == person::PlaceType::school_class) {
      own = c.in_class;
      slots = std::floor(own);
    } else if (place == person::PlaceType::team) {
      const auto& outsiders = settings_.geography.outsiders;
      own = c.in_team * (borough < outsiders.size() ? 1 - outsiders[borough] : 1.0);
      apart = c.in_team - own;
      slots = std::floor(own);
    }
    for (u32 n = 1; n < MixingCounts::size_cap; ++n) {
      if (sizes[n] > 0) {
        const double others = n - 1.0, rate = own / std::max({slots, others, 1.0});
        sum +=
            static_cast<double>(sizes[n]) * (others * infects(band, beta * weight * rate * sigma) +
                                             apart * beta * weight * sigma * mean_dose_[band]);
        members += static_cast<double>(sizes[n]);
      }
    }
  }
  return members > 0 ? sum / members : 0;
}

void NextGeneration::add_group_layer(Eigen::MatrixXd& m, double beta, person::PlaceType place,
                                     double weight) const {
  const auto p = static_cast<u32>(place);
  Eigen::MatrixXd by_band(counts_.bands, counts_.bands);
  for (u32 a = 0; a < counts_.bands; ++a) {
    for (u32 b = 0; b < counts_.bands; ++b) {
      by_band(a, b) = infected_in_group(a, beta, place, weight, settings_.susceptibility[b]);
    }
  }
  // Whom one meets: in a class those of one's own age, elsewhere anybody of such places.
  std::vector<double> met(std::size_t{counts_.types} * counts_.types, 0.0);
  const auto mix_in = [&](const i64* from, const i64* here) {
    double all = 0;
    for (u32 t = 0; t < counts_.types; ++t) {
      all += static_cast<double>(here[t]);
    }
    for (u32 a = 0; all > 0 && a < counts_.types; ++a) {
      for (u32 b = 0; from[a] > 0 && b < counts_.types; ++b) {
        met[std::size_t{a} * counts_.types + b] +=
            static_cast<double>(from[a]) * static_cast<double>(here[b]) / all;
      }
    }
  };
  if (place == person::PlaceType::school_class) {
    for (u32 age = 0; age < MixingCounts::ages; ++age) {
      const i64* pupils = &counts_.pupils[std::size_t{age} * counts_.types];
      mix_in(pupils, pupils);
    }
  } else {
    mix_in(&counts_.in_place[std::size_t{p} * counts_.types],
           &counts_.in_place[std::size_t{p} * counts_.types]);
  }
  for (u32 a = 0; a < counts_.types; ++a) {
    for (u32 b = 0; counts_.people[a] > 0 && b < counts_.types; ++b) {
      m(a, b) += met[std::size_t{a} * counts_.types + b] / static_cast<double>(counts_.people[a]) *
                 by_band(counts_.band_of(a), counts_.band_of(b));
    }
  }
}

Eigen::MatrixXd NextGeneration::layer_matrix(double beta, Layer layer) const {
  const u32 n = counts_.types;
  const Contacts& c = settings_.contacts;
  const double weight = c.weight[static_cast<std::size_t>(layer)];
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(n, n);
  switch (layer) {
    case Layer::household: {
      Eigen::MatrixXd by_band(counts_.bands, counts_.bands);
      for (u32 a = 0; a < counts_.bands; ++a) {
        for (u32 b = 0; b < counts_.bands; ++b) {
          by_band(a, b) = infects(a, beta * weight * settings_.susceptibility[b]);
        }
      }
      for (u32 a = 0; a < n; ++a) {
        for (u32 b = 0; b < n; ++b) {
          const i64 pairs = counts_.pairs[std::size_t{a} * n + b];
          if (pairs > 0) {
            m(a, b) = static_cast<double>(pairs) / static_cast<double>(counts_.people[a]) *
                      by_band(counts_.band_of(a), counts_.band_of(b));
          }
        }
      }
      break;
    }
    case Layer::school:
      add_group_layer(m, beta, person::PlaceType::school_class, weight);
      break;
    case Layer::work:
      add_group_layer(m, beta, person::PlaceType::team, weight);
      break;
    case Layer::quarters:
      add_group_layer(m, beta, person::PlaceType::quarters, weight);
      break;
    case Layer::community: {
      for (u32 a = 0; a < n; ++a) {
        for (u32 b = 0; b < n; ++b) {
          m(a, b) = beta * weight * mean_dose_[counts_.band_of(a)] * community_(a, b) *
                    settings_.susceptibility[counts_.band_of(b)];
        }
      }
      break;
    }
    default:
      break;
  }
  return m;
}

Eigen::MatrixXd NextGeneration::matrix(double beta) const {
  Eigen::MatrixXd m = layer_matrix(beta, Layer::household);
  for (const Layer layer : {Layer::school, Layer::work, Layer::community, Layer::quarters}) {
    m += layer_matrix(beta, layer);
  }
  return m;
}

NextGeneration::Leading NextGeneration::leading(double beta) const {
  const Eigen::MatrixXd transposed = matrix(beta).transpose();
  Eigen::VectorXd v = Eigen::VectorXd::Zero(counts_.types);
  for (u32 t = 0; t < counts_.types; ++t) {
    v(t) = static_cast<double>(counts_.people[t]);
  }
  v /= v.sum();
  double r0 = 0;
  for (int turn = 0; turn < 1000; ++turn) {
    Eigen::VectorXd next = transposed * v;
    const double before = r0;
    r0 = next.sum();
    if (r0 <= 0) {
      break;
    }
    v = next / r0;
    if (turn > 3 && std::abs(r0 - before) < 1e-12 * r0) {
      break;
    }
  }
  return {r0, v};
}

std::optional<double> NextGeneration::beta_of(double r0) const {
  double low = 0, high = 1e-3;
  while (leading(high).r0 < r0) {
    if (high >= largest_beta) {
      return std::nullopt;
    }
    low = high;
    high = std::min(2 * high, largest_beta);
  }
  for (int k = 0; k < 60 && high - low > 1e-10 * high; ++k) {
    // Regula falsi with a bisection every third step: few evaluations, sure to end.
    const double f_low = leading(low).r0 - r0, f_high = leading(high).r0 - r0;
    const double middle =
        k % 3 == 2 ? (low + high) / 2 : low - f_low * (high - low) / (f_high - f_low);
    const double f = leading(middle).r0 - r0;
    if (std::abs(f) < 1e-9 * r0) {
      return middle;
    }
    (f < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

double NextGeneration::household_attack_rate(double beta) const {
  const Eigen::MatrixXd m = layer_matrix(beta, Layer::household);
  double infected = 0, pairs = 0;
  for (u32 a = 0; a < counts_.types; ++a) {
    infected += m.row(a).sum() * static_cast<double>(counts_.people[a]);
    for (u32 b = 0; b < counts_.types; ++b) {
      pairs += static_cast<double>(counts_.pairs[std::size_t{a} * counts_.types + b]);
    }
  }
  return pairs > 0 ? infected / pairs : std::numeric_limits<double>::quiet_NaN();
}

PerLayer NextGeneration::layer_shares(double beta) const {
  const Leading l = leading(beta);
  PerLayer shares{};
  for (std::size_t k = 0; k < layers && l.r0 > 0; ++k) {
    shares[k] = (layer_matrix(beta, static_cast<Layer>(k)).transpose() * l.types).sum() / l.r0;
  }
  return shares;
}

}  // namespace throng::epidemic
