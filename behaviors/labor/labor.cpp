#include "behaviors/labor/labor.h"

#include <algorithm>
#include <cmath>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/employment.h"
#include "behaviors/labor/market.h"
#include "behaviors/person/columns.h"
#include "sim/distributions.h"
#include "sim/parallel.h"

namespace throng::labor {
namespace {

/// Somebody who may be drawn to be unemployed: the smallest keys are.
struct Candidate {
  u64 key;  // chance above, the id below: no two are equal
  Row row;
  u8 borough;
};

class Start {
 public:
  Start(const Communicator& world, Population& population, const Settings& settings, u64 seed)
      : world_(world),
        s_(settings),
        chance_(seed),
        population_(population),
        person_(population.kind(person::kind)),
        sector_(person_.values(person::sector)),
        place_(person_.values(person::place)),
        neighborhood_(person_.values(person::neighborhood)),
        of_home_(std::size_t{settings.boroughs} * settings.markets(), 0) {}

  void all() {
    place_the_employed();
    world_.sum(std::span<i64>(of_home_));
    if (std::all_of(of_home_.begin(), of_home_.end(), [](i64 n) { return n == 0; })) {
      throw InputError(
          "labor: nobody of this population has work (people of files have no sectors). Use a "
          "population of tables, or take labor.enabled out.");
    }
    find_candidates();
    draw_the_unemployed();
    make_markets();
  }

 private:
  u32 market_of(Row row) const {
    const u32 borough = place_[row] == no_group ? s_.boroughs : s_.borough_of_place[place_[row]];
    return sector_[row] * s_.markets_of_sector() + borough;
  }
  u32 borough_of(Row row) const { return s_.borough_of_residence[neighborhood_[row]]; }

  void place_the_employed() {
    const auto status_of = person_.values(status);
    const auto market_at = person_.values(market);
    const auto ends = person_.values(separates_at);
    const auto idles = person_.values(idle_above);
    person_.values(person::health);
    person_.values(person::off_work);
    const KindTag places = population_.kind(person::place_kind).tag();
    const Slices slices = person_.slices();
    std::vector<std::vector<i64>> counts(slices.count());
    parallel_for(slices.count(), person_.rows(), [&](std::size_t slice) {
      counts[slice].assign(of_home_.size(), 0);
      const auto [begin, end] = slices.range(static_cast<u32>(slice));
      for (Row r = begin; r < end; ++r) {
        if (sector_[r] == person::no_sector) {
          continue;
        }
        const u32 m = market_of(r), home = borough_of(r);
        const AgentId id = person_.partition().id_of(r);
        const Words x = chance_.words(person_.tag(), id, 0, "labor.job");
        const u32 order = place_[r] == no_group
                              ? x[0]
                              : chance_.words(places, place_[r], 0, person::closure_order)[0];
        status_of[r] = label(Status::employed);
        market_at[r] = static_cast<u16>(m);
        ends[r] = event_step(s_, s_.separation[home], 0, x[1]);
        // Teams close in their own order, so the job's word is the team's.
        idles[r] = x[2] < threshold(s_.at_risk[sector_[r]])
                       ? static_cast<u16>(std::min<u32>(order >> 16, never_idle - 1))
                       : never_idle;
        ++counts[slice][std::size_t{home} * s_.markets() + m];
      }
    });
    for (const auto& of_slice : counts) {
      for (std::size_t k = 0; k < of_slice.size(); ++k) {
        of_home_[k] += of_slice[k];
      }
    }
  }

  void find_candidates() {
    const auto age = person_.values(person::age);
    const auto type = person_.values(person::place_type);
    for (Row r = 0; r < person_.rows(); ++r) {
      if (sector_[r] == person::no_sector && age[r] >= s_.age_from && age[r] <= s_.age_to &&
          type[r] == static_cast<u8>(person::PlaceType::none)) {
        const AgentId id = person_.partition().id_of(r);
        const Words x = chance_.words(person_.tag(), id, 0, "labor.start");
        candidates_.push_back({u64{x[0]} << 32 | id, r, static_cast<u8>(borough_of(r))});
      }
    }
  }

  i64 employed_of(u32 borough) const {
    const auto first = of_home_.begin() + static_cast<std::ptrdiff_t>(borough * s_.markets());
    i64 sum = 0;
    for (auto at = first; at != first + s_.markets(); ++at) {
      sum += *at;
    }
    return sum;
  }

  /// [borough]: the key below which as many candidates of all ranks lie as are wanted. Found by
  /// sixteen bits at a time.
  std::vector<u64> keys_below(const std::vector<i64>& wanted) const {
    constexpr u32 bins = 1u << 16;
    std::vector<u64> prefix(s_.boroughs, 0);
    std::vector<i64> left = wanted;
    for (int shift = 48; shift >= 0; shift -= 16) {
      std::vector<i64> count(std::size_t{s_.boroughs} * bins, 0);
      for (const Candidate& c : candidates_) {
        if (shift == 48 || c.key >> (shift + 16) == prefix[c.borough]) {
          ++count[std::size_t{c.borough} * bins + (c.key >> shift & (bins - 1))];
        }
      }
      world_.sum(std::span<i64>(count));
      for (u32 b = 0; b < s_.boroughs; ++b) {
        u32 bin = 0;
        while (bin + 1 < bins && left[b] >= count[std::size_t{b} * bins + bin]) {
          left[b] -= count[std::size_t{b} * bins + bin++];
        }
        prefix[b] = prefix[b] << 16 | bin;
      }
    }
    return prefix;
  }

  void draw_the_unemployed() {
    std::vector<i64> wanted(s_.boroughs), there(s_.boroughs, 0);
    for (u32 b = 0; b < s_.boroughs; ++b) {
      const double u = s_.unemployment[b];
      wanted[b] = std::llround(static_cast<double>(employed_of(b)) * u / (1 - u));
    }
    for (const Candidate& c : candidates_) {
      ++there[c.borough];
    }
    world_.sum(std::span<i64>(there));
    for (u32 b = 0; b < s_.boroughs; ++b) {
      if (wanted[b] > there[b]) {
        throw InputError("labor: borough number " + std::to_string(b + 1) + " wants " +
                         std::to_string(wanted[b]) + " unemployed (only " +
                         std::to_string(there[b]) +
                         " of its people of that age have no work and no place of the day). Lower "
                         "its rate of unemployment, or widen labor.age_from and labor.age_to.");
      }
    }
    const auto below_key = keys_below(wanted);
    std::vector<AliasTable> mix;
    for (u32 b = 0; b < s_.boroughs; ++b) {
      const auto first = of_home_.begin() + static_cast<std::ptrdiff_t>(b * s_.markets());
      const std::vector<u64> weights(first, first + s_.markets());
      const bool any = std::any_of(weights.begin(), weights.end(), [](u64 w) { return w > 0; });
      mix.push_back(AliasTable::of(any ? weights : std::vector<u64>(weights.size(), 1)));
    }
    unemployed_.assign(s_.markets(), 0);
    const auto status_of = person_.values(status);
    const auto market_at = person_.values(market);
    const auto off = person_.values(person::off_work);
    for (const Candidate& c : candidates_) {
      if (c.key < below_key[c.borough] || wanted[c.borough] == there[c.borough]) {
        const AgentId id = person_.partition().id_of(c.row);
        const u32 m = mix[c.borough].draw(chance_.words(person_.tag(), id, 0, "labor.start")[1]);
        status_of[c.row] = label(Status::unemployed);
        market_at[c.row] = static_cast<u16>(m);
        off[c.row] = 1;
        ++unemployed_[m];
      }
    }
    world_.sum(std::span<i64>(unemployed_));
  }

  void make_markets() {
    Kind& kind =
        population_.add_kind(std::string(market_kind), Partition::replicated(s_.markets()));
    const auto at_start = kind.values(baseline);
    const auto without = kind.values(baseline_unemployed);
    const auto now = kind.values(staff);
    const auto jobs = kind.values(target);
    const auto open = kind.values(vacancies);
    for (u32 m = 0; m < s_.markets(); ++m) {
      i64 people = 0;
      for (u32 b = 0; b < s_.boroughs; ++b) {
        people += of_home_[std::size_t{b} * s_.markets() + m];
      }
      at_start[m] = now[m] = people;
      without[m] = unemployed_[m];
      jobs[m] = s_.jobs_with_work(0, m, people, 0);
      open[m] = std::max<i64>(0, jobs[m] - people);
    }
  }

  const Communicator& world_;
  const Settings& s_;
  Chance chance_;
  Population& population_;
  Kind& person_;
  std::span<const u8> sector_;
  std::span<const u32> place_;
  std::span<const u16> neighborhood_;
  std::vector<i64> of_home_;     // [borough of residence x market]: the employed
  std::vector<i64> unemployed_;  // [market]
  std::vector<Candidate> candidates_;
};

}  // namespace

void populate(const Communicator& world, Population& population, const Settings& settings,
              u64 seed) {
  Start(world, population, settings, seed).all();
}

void add_to(Simulation& simulation, std::shared_ptr<const Settings> settings) {
  const Settings& s = *settings;
  simulation.keep(settings);
  if (s.works != nullptr) {
    simulation.add_substep("will to work", std::make_unique<Will>(s));
  }
  simulation.add_substep("markets", std::make_unique<Count>(s), std::make_unique<Plan>(s));
  simulation.add_substep("work", std::make_unique<Leave>(s), std::make_unique<Search>(s),
                         std::make_unique<Change>(s), std::make_unique<Staff>());
}

}  // namespace throng::labor
