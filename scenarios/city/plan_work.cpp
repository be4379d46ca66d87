// Who is employed, where they work and in which sector.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/planner.h"
#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {
namespace {

/// Distance [km] at which the pull of a job has fallen by half. Assumed.
constexpr double commuting_distance = 5;

/// Employed by band for `total` of them: the odds of being employed are those by age times one
/// factor.
std::array<double, age_bands> employ_by_odds(
    const std::array<std::array<double, 2>, age_bands>& free, double total) {
  std::array<double, age_bands> out{};
  double low = 1e-6, high = 1e6;
  for (int i = 0; i < 50; ++i) {
    const double odds = std::sqrt(low * high);
    double sum = 0;
    for (u32 band = 0; band < age_bands; ++band) {
      const auto [people, rate] = free[band];
      out[band] = people * rate * odds / (1 - rate + rate * odds);
      sum += out[band];
    }
    (sum < total ? low : high) = odds;
  }
  return out;
}

}  // namespace

/// Employed residents: the borough's number, over neighborhoods by the rates of their tracts, over
/// ages by the work contact matrix's participation. Pupils and people in quarters do not work.
void Planner::employ() {
  using Free = std::array<std::array<double, 2>, age_bands>;  // people, employed share
  std::vector<Free> free(plan.neighborhoods);
  std::vector<double> wanted(plan.neighborhoods, 0);
  std::vector<u32> room(plan.neighborhoods, 0);
  for (u32 h = 0; h < plan.neighborhoods; ++h) {
    const NeighborhoodPlan& p = plan.of[h];
    for (u32 age = first_working_age; age < years_of_age; ++age) {
      u32 people = p.in_households[0][age] + p.in_households[1][age];
      for (u32 g = 0; g < plan.grades && age < first_school_age + school_ages; ++g) {
        people -= p.enrolled[g][age - first_school_age];
      }
      auto& [count, rate] = free[h][band_of(age)];
      rate += people * tables.employed_rate[age];
      count += people;
    }
    for (auto& [count, rate] : free[h]) {
      rate = count > 0 ? std::min(0.95, rate / count) : 0;
      room[h] += rate > 0 ? static_cast<u32>(count * (0.2 + 0.78 * std::min(1.0, 3 * rate))) : 0;
    }
    wanted[h] = tables.neighborhoods[h].employed_rate * (p.adults + p.minors);
  }
  leaving.assign(plan.neighborhoods, {});
  targets.employed.clear();
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    const u32 n = begin[b + 1] - begin[b];
    const auto rooms = std::span(room).subspan(begin[b], n);
    targets.employed.push_back(tables.boroughs[b].employed * scale);
    const u64 total = std::min<u64>(std::accumulate(rooms.begin(), rooms.end(), u64{0}),
                                    static_cast<u64>(targets.employed[b] + 0.5));
    const std::vector<u32> workers =
        largest_remainder(std::span(wanted).subspan(begin[b], n), total, rooms);
    split_destinations(b, workers);
    for (u32 i = 0; i < n; ++i) {
      NeighborhoodPlan& p = plan.of[begin[b] + i];
      p.workers = workers[i];
      std::array<u32, age_bands> caps{};
      for (u32 band = 0; band < age_bands; ++band) {
        caps[band] = static_cast<u32>(free[begin[b] + i][band][0]);
      }
      const auto by_band = employ_by_odds(free[begin[b] + i], workers[i]);
      const std::vector<u32> counts = largest_remainder(by_band, workers[i], caps);
      std::copy(counts.begin(), counts.end(), p.employed.begin());
    }
  }
}

/// The borough's workers over boroughs of work and outside: both margins exact.
void Planner::split_destinations(u32 b, std::span<const u32> workers) {
  const std::vector<double>& share = tables.boroughs[b].workers_to;
  const u64 total = std::accumulate(workers.begin(), workers.end(), u64{0});
  const std::vector<u32> columns = largest_remainder(share, total);
  std::vector<double> table(workers.size() * share.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    for (std::size_t w = 0; w < share.size(); ++w) {
      table[i * share.size() + w] =
          total > 0 ? static_cast<double>(workers[i]) * columns[w] / static_cast<double>(total) : 0;
    }
  }
  const std::vector<u32> counts = round_to_margins(table, workers, columns);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const auto row = counts.begin() + static_cast<std::ptrdiff_t>(i * share.size());
    leaving[begin[b] + i].assign(row, row + static_cast<std::ptrdiff_t>(share.size()));
    plan.of[begin[b] + i].working_outside = leaving[begin[b] + i].back();
  }
}

/// Jobs by neighborhood and sector, and the trips to them: doubly constrained gravity.
void Planner::commute() {
  const u32 n = plan.neighborhoods, boroughs = static_cast<u32>(tables.boroughs.size());
  jobs.assign(std::size_t{n} * plan.sectors, 0);
  plan.outsider_share.assign(boroughs, 0);
  for (u32 b = 0; b < boroughs; ++b) {
    u64 residents = 0;
    for (const std::vector<u32>& row : leaving) {
      residents += row[b];
    }
    const double incoming = tables.boroughs[b].in_commuters * scale;
    if (residents > 0) {
      plan.outsider_share[b] = incoming / (incoming + static_cast<double>(residents));
    }
    spread_jobs(b, static_cast<double>(residents));
  }
  std::vector<double> arriving(n, 0);
  for (u32 k = 0; k < n; ++k) {
    for (u32 s = 0; s < plan.sectors; ++s) {
      arriving[k] += jobs[k * plan.sectors + s];
    }
  }
  trips.assign(std::size_t{n} * n, 0);
  std::vector<double> table(std::size_t{n} * n);
  for (u32 h = 0; h < n; ++h) {
    for (u32 k = 0; k < n; ++k) {
      table[h * n + k] = arriving[k] * distance_decay(h, k, commuting_distance);
    }
  }
  for (int round = 0; round < 20; ++round) {
    balance_trips(table, arriving);
  }
  for (u32 h = 0; h < n; ++h) {
    for (u32 k = 0; k < n; ++k) {
      trips[k * n + h] = table[h * n + k];
    }
  }
}

/// One round: columns to the jobs of a neighborhood, then rows to the workers of a home by borough
/// of work.
void Planner::balance_trips(std::span<double> table, std::span<const double> arriving) const {
  const u32 n = plan.neighborhoods;
  std::vector<double> sums(n, 0);
  for (u32 h = 0; h < n; ++h) {
    for (u32 k = 0; k < n; ++k) {
      sums[k] += table[h * n + k];
    }
  }
  for (u32 k = 0; k < n; ++k) {
    sums[k] = sums[k] > 0 ? arriving[k] / sums[k] : 0;
  }
  for (u32 h = 0; h < n; ++h) {
    for (u32 b = 0; b + 1 < begin.size(); ++b) {
      double sum = 0;
      for (u32 k = begin[b]; k < begin[b + 1]; ++k) {
        table[h * n + k] *= sums[k];
        sum += table[h * n + k];
      }
      const double factor = sum > 0 ? leaving[h][b] / sum : 0;
      for (u32 k = begin[b]; k < begin[b + 1]; ++k) {
        table[h * n + k] *= factor;
      }
    }
  }
}

/// The jobs of one borough that residents hold: by sector as all its jobs, over neighborhoods by
/// job weight; what would not fill two teams is gathered in the nearest neighborhood that has more.
void Planner::spread_jobs(u32 b, double residents) {
  const u32 count = begin[b + 1] - begin[b];
  double all = 0, weights = 0;
  for (const SectorFacts& s : tables.sectors) {
    all += s.jobs[b];
  }
  for (u32 k = begin[b]; k < begin[b + 1]; ++k) {
    weights += tables.neighborhoods[k].job_weight;
  }
  if (!(all > 0 && weights > 0)) {
    if (residents > 0) {
      throw InputError("sectors.csv: borough '" + tables.boroughs[b].code +
                       "' has no jobs (residents work there, says commuting.csv). Add jobs, and "
                       "neighborhoods with a job_weight");
    }
    return;
  }
  for (u32 s = 0; s < plan.sectors; ++s) {
    std::vector<double> amount(count);
    for (u32 i = 0; i < count; ++i) {
      amount[i] = residents * tables.sectors[s].jobs[b] / all *
                  tables.neighborhoods[begin[b] + i].job_weight / weights;
    }
    const double two_teams = 2 * team_size * (1 - plan.outsider_share[b]);
    const std::vector<u32> goes = gather(b, amount, two_teams);
    for (u32 i = 0; i < count; ++i) {
      jobs[(begin[b] + goes[i]) * plan.sectors + s] += amount[i];
    }
  }
}

/// Workers by home, neighborhood of work and sector. Occupations at home pull towards the sectors
/// that employ them.
void Planner::seat_workers() {
  const u32 n = plan.neighborhoods, sectors = plan.sectors;
  plan.work.assign(std::size_t{n} * sectors, {});
  plan.worker_seat.assign(std::size_t{n} * sectors * (n + 1), 0);
  std::vector<double> affinity(std::size_t{n} * sectors, 0);
  for (u32 h = 0; h < n; ++h) {
    for (u32 s = 0; s < sectors; ++s) {
      for (u32 o = 0; o < occupations; ++o) {
        affinity[s * n + h] +=
            tables.neighborhoods[h].occupation[o] * tables.sectors[s].occupation[o];
      }
    }
  }
  std::vector<float> table(std::size_t{n} * sectors * n);
  parallel_for(n, u64{n} * n * sectors, [&](std::size_t k) {
    std::vector<double> cells(std::size_t{sectors} * n);
    for (u32 s = 0; s < sectors; ++s) {
      for (u32 h = 0; h < n; ++h) {
        cells[s * n + h] = jobs[k * sectors + s] * affinity[s * n + h];
      }
    }
    fit_margins(cells, std::span(jobs).subspan(k * sectors, sectors),
                std::span(trips).subspan(k * n, n), 4);
    for (u32 s = 0; s < sectors; ++s) {
      for (u32 h = 0; h < n; ++h) {  // [h][k][s], as the rounding reads it
        table[(std::size_t{h} * n + k) * sectors + s] = static_cast<float>(cells[s * n + h]);
      }
    }
  });
  parallel_for(n, u64{n} * n * sectors, [&](std::size_t h) {
    round_workers(static_cast<u32>(h),
                  std::span(table).subspan(h * n * sectors, std::size_t{n} * sectors));
  });
  parallel_for(std::size_t{n} * sectors, u64{n} * n * sectors, [&](std::size_t at) {
    u32* seat = &plan.worker_seat[at * (n + 1)];
    std::partial_sum(seat, seat + n + 1, seat);
    plan.work[at].workers = seat[n];
  });
  open_establishments();
}

void Planner::round_workers(u32 h, std::span<const float> cells) {
  const u32 n = plan.neighborhoods, sectors = plan.sectors;
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    double sum = 0;
    std::size_t last = 0;
    for (std::size_t at = std::size_t{begin[b]} * sectors; at < std::size_t{begin[b + 1]} * sectors;
         ++at) {
      sum += cells[at];
      last = cells[at] > 0 ? at : last;
    }
    u32 left = leaving[h][b];
    if (left == 0) {
      continue;
    }
    ensures(sum > 0, "workers of a neighborhood have jobs to go to");
    const double factor = left / sum;
    RunningRounder rounder(offset(h, b, "city.work"));
    for (std::size_t at = std::size_t{begin[b]} * sectors; at <= last; ++at) {
      const u32 sent = at == last ? left : std::min(left, rounder.take(cells[at] * factor));
      plan.worker_seat[at * (n + 1) + h + 1] = sent;
      left -= sent;
    }
  }
}

/// Teams of about team_size, in-commuters included. Establishments smaller than a team share one
/// with their neighbors of the sector; larger ones have several, by the state's size distribution.
void Planner::open_establishments() {
  plan.teams_per_establishment.assign(plan.sectors, {});
  for (u32 s = 0; s < plan.sectors; ++s) {
    const SectorFacts& facts = tables.sectors[s];
    const double employment =
        std::accumulate(facts.employment.begin(), facts.employment.end(), 0.0);
    std::array<double, size_bands> per_team{};  // establishments of the band per team of the sector
    for (u32 band = 0; band < size_bands; ++band) {
      u32& teams = plan.teams_per_establishment[s][band];
      if (facts.establishments[band] > 0) {
        const double size = facts.employment[band] / facts.establishments[band];
        teams = static_cast<u32>(std::min(60000.0, size / team_size + 0.5));
      }
      per_team[band] =
          teams > 1 && employment > 0 ? facts.employment[band] / employment / teams : 0;
    }
    std::vector<RunningRounder> rounders(size_bands, RunningRounder(0.5));
    for (u32 k = 0; k < plan.neighborhoods; ++k) {
      SectorSeats& seats = plan.work[k * plan.sectors + s];
      const double share = plan.outsider_share[tables.neighborhoods[k].borough];
      seats.teams = static_cast<u32>(seats.workers / (1 - share) / team_size + 0.5);
      seats.teams = std::clamp(seats.teams, seats.workers > 0 ? 1u : 0u, seats.workers);
      u32 left = seats.teams;
      for (u32 band = size_bands; band-- > 0;) {
        const u32 teams = plan.teams_per_establishment[s][band];
        const u32 wanted = rounders[band].take(seats.teams * per_team[band]);
        seats.establishments[band] = teams > 1 ? std::min(wanted, left / teams) : 0;
        left -= seats.establishments[band] * teams;
      }
    }
  }
}

}  // namespace throng
