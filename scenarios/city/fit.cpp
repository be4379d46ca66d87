#include "scenarios/city/fit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

#include "scenarios/city/households.h"
#include "sim/chance.h"
#include "sim/parallel.h"

namespace throng {
namespace {

/// What is counted in one borough (of residence).
struct BoroughCount {
  std::array<std::array<u32, five_year_groups>, 2> people{};
  std::array<u64, largest_household + 1> households{};
  u64 alone_65 = 0, with_minors = 0, minors_without_adult = 0, in_quarters = 0, workers = 0;
  std::array<u64, school_levels> pupils{};
  std::vector<u64> works_in;  // boroughs, then outside
  std::array<u64, income_bands> income{};
  std::array<double, household_types> kinds{};
  u64 total_households() const {
    return std::accumulate(households.begin(), households.end(), u64{0});
  }
};

/// Per place: what it is and how many belong to it.
struct PlaceCount {
  std::vector<u8> type, grade;
  std::vector<u32> members;
};

class FitCounter {
 public:
  explicit FitCounter(const City& city)
      : city_(city), tables_(city.tables()), boroughs_(tables_.boroughs.size()), of_(boroughs_) {
    for (BoroughCount& b : of_) {
      b.works_in.assign(boroughs_ + 1, 0);
    }
    label_places();
    people_.assign(city.neighborhoods(), 0);
    const u32 n = city.neighborhoods();
    for (u32 h = 0; h < n; h += 32) {
      count(h, std::min(n, h + 32));
    }
  }

  FitReport report() {
    people();
    households();
    schools();
    work();
    whole_city();
    return std::move(report_);
  }

 private:
  void label_places() {
    const CityPlan& plan = city_.plan();
    places_.type.assign(city_.places(), static_cast<u8>(PlaceType::quarters));
    places_.grade.assign(city_.places(), 255);
    places_.members.assign(city_.places(), 0);
    for (u32 k = 0; k < plan.neighborhoods; ++k) {
      for (u32 g = 0; g < plan.grades; ++g) {
        const GradeSeats& seats = plan.school[k * plan.grades + g];
        for (u32 c = 0; c < seats.classes; ++c) {
          places_.type[seats.first_place + c] = static_cast<u8>(PlaceType::school_class);
          places_.grade[seats.first_place + c] = static_cast<u8>(g);
        }
      }
      for (u32 s = 0; s < plan.sectors; ++s) {
        const SectorSeats& seats = plan.work[k * plan.sectors + s];
        std::fill_n(places_.type.begin() + seats.first_place, seats.teams,
                    static_cast<u8>(PlaceType::team));
      }
    }
  }

  void count(u32 begin, u32 end) {
    const BuiltPopulation built(city_, begin, end);
    const std::size_t n = built.age.size();
    for (std::size_t i = 0; i < n; ++i) {
      BoroughCount& b = of_[city_.borough_of(built.neighborhood[i])];
      ++people_[built.neighborhood[i]];
      ++b.people[built.sex[i]][five_year_group_of(built.age[i])];
      contacts_ += built.contact_rate[i];
      const u32 place = built.place[i];
      const bool quartered =
          place != no_place && places_.type[place] == static_cast<u8>(PlaceType::quarters);
      b.in_quarters += quartered;
      count_day(b, built, i);
      if (!quartered && built.household_position[i] == 0) {
        count_household(b, built, i);
      }
    }
    count_kinds(begin, end);
    sectors_.resize(city_.sectors().size(), 0);
    for (const u8 s : built.sector) {
      if (s != no_sector) {
        ++sectors_[s];
      }
    }
  }

  /// Kinds of households are not a column: they are filled again to be counted.
  void count_kinds(u32 begin, u32 end) {
    std::vector<std::array<double, household_types>> kinds(end - begin);
    parallel_for(end - begin, serial_below, [&](std::size_t i) {
      const u32 h = begin + static_cast<u32>(i);
      const Chance chance(city_.plan().seed);
      for (const Household& q :
           fill_households(city_.plan().of[h], h, chance, tables_.families).households) {
        kinds[i][static_cast<std::size_t>(q.type)] += 1;
      }
    });
    for (u32 h = begin; h < end; ++h) {
      for (u32 t = 0; t < household_types; ++t) {
        of_[city_.borough_of(h)].kinds[t] += kinds[h - begin][t];
      }
    }
  }

  void count_day(BoroughCount& b, const BuiltPopulation& built, std::size_t i) {
    const u32 place = built.place[i];
    if (built.sector[i] != no_sector) {
      ++b.workers;
      ++b.works_in[place == no_place ? boroughs_ : borough_of_place(place)];
    }
    if (place != no_place) {
      ++places_.members[place];
      if (places_.grade[place] != 255) {
        ++b.pupils[tables_.grades[places_.grade[place]].level];
      }
    }
  }

  static void count_household(BoroughCount& b, const BuiltPopulation& built, std::size_t i) {
    const u32 size = built.household_size[i];
    u32 minors = 0;
    for (u32 j = 0; j < size; ++j) {
      minors += built.age[i + j] < adult_age;
    }
    ++b.households[size];
    ++b.income[built.income_band[i]];
    b.alone_65 += size == 1 && built.age[i] >= 65;
    b.with_minors += minors > 0;
    b.minors_without_adult += minors == size ? minors : 0;
  }

  u32 borough_of_place(u32 place) const {
    const std::vector<u32>& first = city_.plan().first_place;
    const auto after = std::upper_bound(first.begin(), first.end(), place);
    return city_.borough_of(static_cast<u32>(after - first.begin() - 1));
  }

  // ---- Lines
  // ----------------------------------------------------------------------------------------

  /// Units of rounding that a sum over the neighborhoods of borough b may be off below scale 1.
  double units(std::size_t b) const {
    double n = 0;
    for (u32 h = 0; h < city_.neighborhoods(); ++h) {
      n += city_.borough_of(h) == b;
    }
    return city_.scale() < 1 ? n : 0;
  }
  void line(std::string group, std::string name, double asked, double built, double slack,
            bool judged = true) {
    report_.lines.push_back({std::move(group), std::move(name), asked, built, slack, judged});
  }
  double members(std::size_t b) const {
    double n = 0;
    for (u32 h = 0; h < city_.neighborhoods(); ++h) {
      n += city_.borough_of(h) == b ? city_.plan().of[h].adults + city_.plan().of[h].minors : 0;
    }
    return n;
  }

  void people() {
    std::vector<double> asked;
    for (const BoroughFacts& b : tables_.boroughs) {
      for (const auto& sex : b.people) {
        for (const u32 n : sex) {
          asked.push_back(n * city_.scale());
        }
      }
    }
    for (std::size_t at = 0; at < asked.size(); ++at) {
      const std::size_t b = at / (2 * five_year_groups), sex = at / five_year_groups % 2;
      const std::size_t g = at % five_year_groups;
      // Exact where the scaled count is whole; otherwise the nearest whole people, their total
      // kept.
      const double slack = asked[at] == std::floor(asked[at]) ? 0 : 1;
      line(
          "borough x age x sex [people]",
          tables_.boroughs[b].code + (sex == 0 ? " women " : " men ") + std::to_string(5 * g) + "+",
          asked[at], of_[b].people[sex][g], slack);
    }
    for (u32 h = 0; h < city_.neighborhoods(); ++h) {
      const double wanted = city_.targets().people[h];
      line("neighborhood [people]", tables_.neighborhoods[h].code, wanted, people_[h],
           std::max(0.005 * wanted, 25.0));
    }
  }

  void households() {
    for (std::size_t b = 0; b < boroughs_; ++b) {
      const BoroughFacts& facts = tables_.boroughs[b];
      const double all = std::max<double>(1, static_cast<double>(of_[b].total_households()));
      const double slack = 0.3 + 100 * units(b) / all;
      line("households", facts.code, city_.targets().households[b], all,
           0.003 * city_.targets().households[b] + units(b));
      for (u32 s = 1; s <= size_classes; ++s) {
        u64 n = of_[b].households[s];
        for (u32 more = s + 1; s == size_classes && more <= largest_household; ++more) {
          n += of_[b].households[more];
        }
        line("households by size [%]", facts.code + " " + std::to_string(s) + (s == 7 ? "+" : ""),
             100 * facts.size_share[s - 1], 100 * static_cast<double>(n) / all, slack);
      }
      if (tables_.families) {
        families(b, all, slack);
      }
    }
  }

  void families(std::size_t b, double all, double slack) {
    const BoroughFacts& facts = tables_.boroughs[b];
    const std::array<double, household_types>& of_type = of_[b].kinds;
    const auto share = [&](const char* name, double asked, double built, bool judged) {
      line("households by kind [%]", facts.code + " " + name, 100 * asked / facts.households,
           100 * built / all, slack, judged);
    };
    share("living alone", facts.living_alone, static_cast<double>(of_[b].households[1]), true);
    share("living alone, 65+", facts.living_alone_65, static_cast<double>(of_[b].alone_65), true);
    share("couples with children", facts.couples_with_children, of_type[1], true);
    share("couples without", facts.couples_without_children, of_type[2], true);
    share("single parents", facts.single_mothers + facts.single_fathers, of_type[3], true);
    share("with anybody under 18", facts.households_with_children,
          static_cast<double>(of_[b].with_minors), false);
    line("children without an adult", facts.code, 0,
         static_cast<double>(of_[b].minors_without_adult), 0);
  }

  void schools() {
    static const char* const names[school_levels] = {"preschool", "kindergarten", "grades 1-8",
                                                     "grades 9-12", "college at 18-22"};
    for (std::size_t b = 0; b < boroughs_; ++b) {
      for (u32 level = 0; level < school_levels; ++level) {
        const double asked = city_.targets().enrolled[b][level];
        line("enrolled, by home [pupils]", tables_.boroughs[b].code + " " + names[level], asked,
             static_cast<double>(of_[b].pupils[level]), 0.01 * asked + (city_.scale() < 1 ? 5 : 1));
      }
    }
    for (u32 level = 0; level < school_levels; ++level) {
      class_sizes(level, names[level]);
    }
  }

  void class_sizes(u32 level, const char* name) {
    double pupils = 0, classes = 0, wanted = 0;
    for (u32 p = 0; p < city_.places(); ++p) {
      if (places_.grade[p] != 255 && tables_.grades[places_.grade[p]].level == level) {
        pupils += places_.members[p];
        classes += 1;
        wanted += places_.members[p] / tables_.grades[places_.grade[p]].class_size;
      }
    }
    if (classes > 0) {
      const double asked = pupils / wanted;
      line("mean class size [pupils]", name, asked, pupils / classes, 0.05 * asked);
    }
  }

  void work() {
    for (std::size_t b = 0; b < boroughs_; ++b) {
      const BoroughFacts& facts = tables_.boroughs[b];
      const double asked = city_.targets().employed[b];
      line("employed [people]", facts.code, asked, static_cast<double>(of_[b].workers),
           0.01 * asked + 1);
      const double flows = std::accumulate(facts.workers_to.begin(), facts.workers_to.end(), 0.0);
      const double workers = std::max<double>(1, static_cast<double>(of_[b].workers));
      for (std::size_t w = 0; w <= boroughs_ && flows > 0; ++w) {
        line("commuting [% of the home's workers]",
             facts.code + " to " + (w < boroughs_ ? tables_.boroughs[w].code : "outside"),
             100 * facts.workers_to[w] / flows,
             100 * static_cast<double>(of_[b].works_in[w]) / workers,
             100 * (facts.workers_moe[w] / flows + units(b) / workers));
      }
    }
    teams();
  }

  void teams() {
    double slots = 0, teams = 0, residents = 0, with_nobody = 0;
    for (u32 p = 0; p < city_.places(); ++p) {
      if (places_.type[p] == static_cast<u8>(PlaceType::team)) {
        residents += places_.members[p];
        slots +=
            places_.members[p] / (1 - city_.outsider_share(static_cast<u8>(borough_of_place(p))));
        teams += 1;
        with_nobody += places_.members[p] == 0;
      }
    }
    if (teams > 0) {
      line("mean team size [people]", "with in-commuters", team_size, slots / teams,
           0.05 * team_size);
      line("mean team size [people]", "residents alone", residents / teams, residents / teams, 0,
           false);
      line("teams without a resident", "city", 0, with_nobody, 0);
    }
    const double workers =
        std::max<double>(1, std::accumulate(sectors_.begin(), sectors_.end(), 0.0));
    for (std::size_t s = 0; s < sectors_.size(); ++s) {
      double asked = 0, jobs = 0;
      for (std::size_t b = 0; b < boroughs_; ++b) {
        double all = 0;
        u64 here = 0;
        for (const SectorFacts& sector : tables_.sectors) {
          all += sector.jobs[b];
        }
        for (const BoroughCount& home : of_) {
          here += home.works_in[b];
        }
        asked += all > 0 ? static_cast<double>(here) * tables_.sectors[s].jobs[b] / all : 0;
        jobs += static_cast<double>(here);
      }
      line("workers by sector [%]", tables_.sectors[s].code, jobs > 0 ? 100 * asked / jobs : 0,
           100 * sectors_[s] / workers, 0.3, jobs > 0);
    }
  }

  void whole_city() {
    u64 quartered = 0, households = 0;
    std::array<u64, income_bands> bands{};
    for (const BoroughCount& b : of_) {
      quartered += b.in_quarters;
      households += b.total_households();
      for (u32 i = 0; i < income_bands; ++i) {
        bands[i] += b.income[i];
      }
    }
    const double asked = city_.targets().people_in_quarters;
    line("group quarters [people]", "city", asked, static_cast<double>(quartered),
         0.5 + (city_.scale() < 1 ? 0.01 * asked + 1 : 0));
    u32 largest = 0;
    for (u32 p = 0; p < city_.places(); ++p) {
      if (places_.type[p] == static_cast<u8>(PlaceType::quarters)) {
        largest = std::max(largest, places_.members[p]);
      }
    }
    line("largest unit of quarters [people]", "city", quarters_unit, std::max(largest, 0u),
         quarters_unit);
    line("mean contact rate [contacts/day]", "city", 20,
         static_cast<double>(contacts_) / 2 / city_.people(),
         0.2 + 80 / std::sqrt(static_cast<double>(city_.people())));
    for (u32 i = 0; i < income_bands; ++i) {
      const double share = 100 * static_cast<double>(bands[i]) /
                           std::max<double>(1, static_cast<double>(households));
      line("households by income band [%]", std::to_string(i + 1), income_asked(i), share, 0.3);
    }
  }

  double income_asked(u32 band) const {
    double asked = 0, all = 0;
    for (u32 h = 0; h < city_.neighborhoods(); ++h) {
      asked += tables_.neighborhoods[h].income[band] * city_.plan().of[h].households;
      all += city_.plan().of[h].households;
    }
    return all > 0 ? 100 * asked / all : 0;
  }

  const City& city_;
  const CityTables& tables_;
  std::size_t boroughs_;
  std::vector<BoroughCount> of_;
  std::vector<u32> people_;
  std::vector<double> sectors_;
  PlaceCount places_;
  u64 contacts_ = 0;
  FitReport report_;
};

std::string row_of(const FitLine& line) {
  char text[160];
  std::snprintf(text, sizeof text, "  %-28s %14.3f %14.3f %+12.3f %12.3f  %s\n", line.name.c_str(),
                line.asked, line.built, line.built - line.asked, line.slack,
                line.judged ? line.pass() ? "pass" : "FAIL" : "");
  return text;
}

}  // namespace

bool FitLine::pass() const {
  return !judged || std::abs(built - asked) <= slack + 1e-9 * std::abs(asked);
}

bool FitReport::pass() const {
  return std::all_of(lines.begin(), lines.end(), [](const FitLine& l) { return l.pass(); });
}

std::vector<FitLine> FitReport::of(const std::string& group) const {
  std::vector<FitLine> out;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(out),
               [&](const FitLine& l) { return l.group == group; });
  return out;
}

std::string FitReport::text(Detail detail) const {
  std::vector<std::string> groups;
  for (const FitLine& line : lines) {
    if (std::find(groups.begin(), groups.end(), line.group) == groups.end()) {
      groups.push_back(line.group);
    }
  }
  std::string out;
  for (const std::string& group : groups) {
    std::vector<FitLine> members = of(group);
    const auto failed =
        std::count_if(members.begin(), members.end(), [](const FitLine& l) { return !l.pass(); });
    out += group + ": " + std::to_string(members.size()) + " margins, " + std::to_string(failed) +
           " fail\n";
    if (out.size() < 200) {
      out +=
          "  name                                 asked          built   difference        slack\n";
    }
    if (detail == Detail::worst && members.size() > 60) {
      const auto excess = [](const FitLine& l) { return std::abs(l.built - l.asked) - l.slack; };
      std::stable_sort(members.begin(), members.end(),
                       [&](const FitLine& a, const FitLine& b) { return excess(a) > excess(b); });
      members.resize(3);
    }
    for (const FitLine& line : members) {
      out += row_of(line);
    }
  }
  return out + (pass() ? "All pass lines are met.\n" : "Some pass lines are NOT met.\n");
}

FitReport check_fit(const City& city) { return FitCounter(city).report(); }

}  // namespace throng
