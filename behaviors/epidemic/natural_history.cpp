#include "behaviors/epidemic/natural_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "sim/error.h"
#include "sim/math.h"

namespace throng::epidemic {
namespace {

/// Integral of exp(-tau / decay) from 0 to tau.
double dose_until(double tau, double decay) { return decay * -math::expm1(-tau / decay); }

/// When symptoms began, seen from the day at hand.
enum class Symptoms : u8 { not_yet, today, earlier };

/// Where a course may stand: its stage, days since infection, infectious days so far (-1: not yet),
/// the dose so far in units of 2^-32, so that equal walks meet, and its symptoms.
struct Walk {
  u8 stage;
  u32 day;
  i32 infectious_day;
  i64 dose;
  Symptoms symptoms = Symptoms::not_yet;
  friend auto operator<=>(const Walk&, const Walk&) = default;
};

std::string_view name_of(StageRole role) {
  constexpr std::string_view names[] = {"at_large", "hospital", "critical", "dead"};
  return names[static_cast<std::size_t>(role)];
}

}  // namespace

std::vector<StageMistake> mistakes_of(const Stage& stage, bool susceptible) {
  std::vector<StageMistake> mistakes;
  const auto wrong = [&](std::string_view key, const std::string& what) {
    mistakes.push_back({key, "stage '" + stage.name + "' " + what});
  };
  const bool infects = stage.infectiousness > 0, final = stage.next.empty();
  if (susceptible && !final) {
    wrong("next",
          "has a branch (the first stage is the susceptible one, which only infection leaves). "
          "Remove 'next', or put the susceptible stage first.");
  }
  if (susceptible && infects) {
    wrong("infectiousness",
          "is infectious (the first stage is the susceptible one). Put that one first.");
  }
  if (susceptible && stage.role != StageRole::at_large) {
    wrong("role", "has the role '" + std::string(name_of(stage.role)) +
                      "' (the first stage is the susceptible one: nobody could be infected). Set "
                      "role = \"at_large\".");
  }
  if (infects && stage.role != StageRole::at_large) {
    wrong("infectiousness", "is infectious but its role is '" + std::string(name_of(stage.role)) +
                                "' (people in that role meet nobody). Set infectiousness = 0.");
  }
  if (!susceptible && infects && final) {
    wrong("infectiousness",
          "is infectious and final (a case that never ends has no R0). Add where it leads in "
          "'next'.");
  }
  if (!susceptible && stage.role == StageRole::dead && !final) {
    wrong("next", "has a branch but its role is 'dead' (the dead stay dead). Remove 'next'.");
  }
  return mistakes;
}

NaturalHistory::NaturalHistory(std::vector<Stage> stages, u8 entry, u32 age_bands,
                               double decay_days)
    : stages_(std::move(stages)), entry_(entry), bands_(age_bands) {
  std::vector<std::string> mistakes;
  const auto wrong = [&](const std::string& of, const std::string& what) {
    mistakes.push_back("epidemic.stage '" + of + "': " + what);
  };
  for (const Stage& s : stages_) {
    for (const StageMistake& mistake : mistakes_of(s, &s == &stages_.front())) {
      mistakes.push_back("epidemic." + mistake.text);
    }
    std::vector<u32> upto;
    for (u32 band = 0; band < bands_; ++band) {
      double sum = 0, rest = 0;
      int open = 0;
      for (const Branch& b : s.next) {
        if (b.share.empty()) {
          ++open;
        } else {
          sum += b.share[b.share.size() == 1 ? 0 : band];
        }
      }
      rest = 1 - sum;
      if (!s.next.empty() && (open > 1 || sum > 1 + 1e-9 || (open == 0 && sum < 1 - 1e-9))) {
        wrong(s.name, "the shares of its branches add up to " + std::to_string(sum) +
                          " in age band " + std::to_string(band) +
                          " (they are probabilities of what comes next). Make them add up to 1, or "
                          "leave one out: it "
                          "takes the rest.");
        break;
      }
      double below = 0;
      for (const Branch& b : s.next) {
        below += b.share.empty() ? rest : b.share[b.share.size() == 1 ? 0 : band];
        upto.push_back(threshold(below));
      }
    }
    upto_.push_back(std::move(upto));
  }
  if (!mistakes.empty()) {
    throw InputError(mistakes);
  }
  const std::size_t n_stages = stages_.size();
  may_show_symptoms_.resize(n_stages);
  may_infect_.resize(n_stages);
  for (std::size_t turn = 0; turn <= n_stages; ++turn) {
    for (std::size_t i = 0; i < n_stages; ++i) {
      may_show_symptoms_[i] = may_show_symptoms_[i] || stages_[i].symptomatic;
      may_infect_[i] = may_infect_[i] || stages_[i].infectiousness > 0;
      for (const Branch& b : stages_[i].next) {
        may_show_symptoms_[i] = may_show_symptoms_[i] || may_show_symptoms_[b.to];
        may_infect_[i] = may_infect_[i] || may_infect_[b.to];
      }
    }
  }
  std::vector<bool> before_symptoms(n_stages);
  before_symptoms[entry_] = !stages_[entry_].symptomatic;
  for (std::size_t turn = 0; turn <= n_stages; ++turn) {
    for (std::size_t i = 0; i < n_stages; ++i) {
      infects_before_symptoms_ =
          infects_before_symptoms_ ||
          (before_symptoms[i] && infectious(static_cast<u8>(i)) && may_show_symptoms_[i]);
      for (const Branch& b : stages_[i].next) {
        before_symptoms[b.to] =
            before_symptoms[b.to] || (before_symptoms[i] && !stages_[b.to].symptomatic);
      }
    }
  }
  flat_ = decay_days <= 0;
  cumulative_.assign(profile_days, 0);
  for (u32 day = 1; day < profile_days && !flat_; ++day) {
    // Infectious from a uniform time f of day 0: what was delivered before day d is the mean over f
    // of the integral to d - f, here by Simpson's rule on 16 intervals (exact to 1e-9 for decay >=
    // 0.5 day).
    constexpr int n = 16;
    double sum = 0;
    for (int k = 0; k <= n; ++k) {
      const double weight = k == 0 || k == n ? 1 : k % 2 == 1 ? 4 : 2;
      sum += weight * dose_until(day - static_cast<double>(k) / n, decay_days);
    }
    cumulative_[day] = sum / (3 * n);
  }
}

double NaturalHistory::probability(u8 of, u32 band, std::size_t branch) const {
  const auto n = stages_[of].next.size();
  const u32* upto = &upto_[of][band * n];
  const double hi = branch + 1 == n ? 4294967296.0 : upto[branch];
  const double lo = branch == 0 ? 0.0 : upto[branch - 1];
  return std::max(0.0, hi - lo) * 0x1p-32;
}

// A few seconds of enumeration; the diseases that are shipped take a thousandth of it.
static constexpr u64 most_turns = 20'000'000;

std::vector<NaturalHistory::Course> NaturalHistory::courses(u32 band) const {
  // The day since infection does not matter here: it stays 0.
  std::map<Walk, double> open = {{{entry_, 0, infectious(entry_) ? 0 : -1, 0}, 1.0}};
  std::map<i64, double> done;
  u64 taken = 0;
  while (!open.empty()) {
    const auto [walk, p] = *open.begin();
    open.erase(open.begin());
    const Stage& s = stages_[walk.stage];
    if (!may_infect_[walk.stage]) {
      done[walk.dose] += p;
      continue;
    }
    for (std::size_t b = 0; b < s.next.size(); ++b) {
      const auto days = s.next[b].dwell.probabilities();
      const double take = p * probability(walk.stage, band, b);
      taken += take > 0 ? days.size() : 0;
      if (taken > most_turns) {
        throw InputError(
            "the disease has too many courses to count (the rate that gives an r0 sums over all of "
            "them, and long dwell times in several stages of different infectiousness multiply). "
            "Give epidemic.beta, or shorter dwell times.");
      }
      for (u32 d = 0; take > 0 && d < days.size(); ++d) {
        Walk next = {s.next[b].to, 0, walk.infectious_day, walk.dose};
        if (walk.infectious_day >= 0) {
          const auto from = static_cast<u32>(walk.infectious_day);
          next.dose += static_cast<i64>(
              s.infectiousness * (cumulative(from + d) - cumulative(from)) * 0x1p32 + 0.5);
          next.infectious_day += static_cast<i32>(d);
        } else if (infectious(next.stage)) {
          next.infectious_day = 0;
        }
        if (take * days[d] > 1e-12) {
          open[next] += take * days[d];
        }
      }
    }
  }
  double sum = 0;  // less than 1 by the courses that were too rare to follow
  for (const auto& [dose, p] : done) {
    sum += p;
  }
  std::vector<Course> all;
  for (const auto& [dose, p] : done) {
    all.push_back({p / sum, static_cast<double>(dose) * 0x1p-32});
  }
  return all;
}

double NaturalHistory::dose(u32 band) const {
  // A mean needs no courses: walks of the same stage and infectious day go on together.
  double mean = 0;
  std::map<std::pair<u8, i32>, double> open = {{{entry_, infectious(entry_) ? 0 : -1}, 1.0}};
  while (!open.empty()) {
    const auto [walk, p] = *open.begin();
    const auto [at, since] = walk;
    open.erase(open.begin());
    const Stage& s = stages_[at];
    for (std::size_t b = 0; may_infect_[at] && b < s.next.size(); ++b) {
      const auto days = s.next[b].dwell.probabilities();
      const double take = p * probability(at, band, b);
      for (u32 d = 0; d < days.size(); ++d) {
        const double weight = take * days[d];
        if (weight < 1e-12) {
          continue;
        }
        std::pair<u8, i32> next = {s.next[b].to, since};
        if (since >= 0) {
          const auto from = static_cast<u32>(since);
          mean += weight * s.infectiousness * (cumulative(from + d) - cumulative(from));
          next.second += static_cast<i32>(d);
        } else if (infectious(next.first)) {
          next.second = 0;
        }
        open[next] += weight;
      }
    }
  }
  return mean;
}

std::vector<std::array<double, 4>> NaturalHistory::dose_by_day(u32 band) const {
  std::vector<std::array<double, 4>> dose;
  const bool at_once = infectious(entry_);
  const auto enter = [&](Walk walk) {
    if (stages_[walk.stage].symptomatic && walk.symptoms == Symptoms::not_yet) {
      walk.symptoms = Symptoms::today;
    }
    return walk;
  };
  std::map<Walk, double> open = {{enter({entry_, at_once ? 1u : 0u, at_once ? 0 : -1, 0}), 1.0}};
  while (!open.empty()) {
    const auto [walk, p] = *open.begin();
    open.erase(open.begin());
    const Stage& s = stages_[walk.stage];
    for (std::size_t b = 0; may_infect_[walk.stage] && b < s.next.size(); ++b) {
      const auto days = s.next[b].dwell.probabilities();
      const double take = p * probability(walk.stage, band, b);
      for (u32 d = 0; take > 0 && d < days.size(); ++d) {
        const double weight = take * days[d];
        if (weight < 1e-10) {
          continue;  // of no weight in a sum of a few hundred terms
        }
        for (u32 j = 0; j < d && walk.infectious_day >= 0; ++j) {
          const auto k = static_cast<u32>(walk.infectious_day) + j;
          const std::size_t timing = walk.symptoms == Symptoms::today && j == 0 ? 1
                                     : walk.symptoms != Symptoms::not_yet       ? 2
                                     : may_show_symptoms_[walk.stage]           ? 0
                                                                                : 3;
          dose.resize(std::max<std::size_t>(dose.size(), walk.day + j + 1));
          dose[walk.day + j][timing] += weight * s.infectiousness * profile(k);
        }
        // A latent stage entered by infection lasts a day at least: the morning's changes are over
        // by then.
        const bool entered_by_infection = walk.stage == entry_ && walk.day == 0 && !at_once;
        const u32 stay = entered_by_infection ? std::max(1u, d) : d;
        Walk next = {s.next[b].to, walk.day + stay, walk.infectious_day, 0, walk.symptoms};
        if (stay > 0 && next.symptoms == Symptoms::today) {
          next.symptoms = Symptoms::earlier;
        }
        if (next.infectious_day >= 0) {
          next.infectious_day += static_cast<i32>(d);
        } else if (infectious(next.stage)) {
          next.infectious_day = 0;
        }
        open[enter(next)] += weight;
      }
    }
  }
  return dose;
}

u32 NaturalHistory::days_of_transmission(double share) const {
  u32 most = 0;
  for (u32 band = 0; band < bands_; ++band) {
    std::vector<double> upto;
    for (const auto& d : dose_by_day(band)) {
      upto.push_back((upto.empty() ? 0.0 : upto.back()) + d[0] + d[1] + d[2] + d[3]);
    }
    u32 day = 0;
    while (day < upto.size() && upto[day] < share * upto.back()) {
      ++day;
    }
    most = std::max(most, day);
  }
  return most;
}

NaturalHistory::Summary NaturalHistory::summary(std::span<const double> band_share) const {
  double all = 0, first = 0, second = 0, before = 0, with_symptoms = 0;
  for (u32 band = 0; band < band_share.size(); ++band) {
    const auto dose = dose_by_day(band);
    for (std::size_t day = 0; day < dose.size(); ++day) {
      const auto& d = dose[day];
      const double total = band_share[band] * (d[0] + d[1] + d[2] + d[3]);
      const auto t = static_cast<double>(day);
      all += total;
      first += total * t;
      second += total * t * t;
      before += band_share[band] * (d[0] + d[1] / 2);
      with_symptoms += band_share[band] * (d[0] + d[1] + d[2]);
    }
  }
  if (all <= 0) {
    return {};
  }
  const double mean = first / all;
  return {mean, std::sqrt(std::max(0.0, second / all - mean * mean)),
          infects_before_symptoms_ && with_symptoms > 0 ? before / with_symptoms
                                                        : std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace throng::epidemic
