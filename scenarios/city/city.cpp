#include "scenarios/city/city.h"

#include <algorithm>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/households.h"
#include "scenarios/city/planner.h"
#include "sim/chance.h"
#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {
namespace {

/// Distance [km] at which community contacts have fallen by half: a plain assumption, like the
/// power 2.
constexpr double community_distance = 2.0;

/// The seats of one group of places, as a keyed bijection.
Seating seats_of(const CityPlan& plan, u32 seats, u64 group) {
  return Seating(seats, mix(plan.seed + 0x632BE59BD9B4E019ull) + group);
}

/// Picks exactly the wanted number out of those who pass by, each equally likely.
struct Selection {
  u32 wanted = 0, passing = 0;
  bool next(u32 word) {
    const bool chosen = below(word, std::max(1u, passing)) < wanted;
    --passing;
    wanted -= chosen;
    return chosen;
  }
};

/// Everything needed to fill the people of one neighborhood.
class PeopleBuilder {
 public:
  PeopleBuilder(const CityTables& tables, const CityPlan& plan, u32 h, AgentId base,
                const PeopleSpans& out)
      : tables_(tables),
        plan_(plan),
        hood_(plan.of[h]),
        h_(h),
        base_(base),
        out_(out),
        chance_(plan.seed) {}

  void build() {
    plan_schools();
    plan_work();
    AgentId id = live_in_households();
    for (u32 type = 0; type < quarters_types; ++type) {
      id = live_in_quarters(id, type);
    }
    ensures(id == plan_.first_person[h_ + 1], "a neighborhood has the people it planned");
  }

 private:
  // ---- School: who of an age is in which grade is drawn; seats are numbered as pupils come
  // ----------

  void plan_schools() {
    pupils_come_.assign(plan_.grades, 0);
    for (u32 a = 0; a < school_ages; ++a) {
      u32 enrolled = 0;
      for (u32 g = 0; g < plan_.grades; ++g) {
        enrolled += hood_.enrolled[g][a];
      }
      for (u32 sex = 0; sex < 2; ++sex) {
        children_[a] += hood_.in_households[sex][first_school_age + a];
      }
      ensures(enrolled <= children_[a], "no more pupils than children of an age");
    }
    left_.resize(plan_.grades);
    for (u32 g = 0; g < plan_.grades; ++g) {
      left_[g] = hood_.enrolled[g];
      schools_.emplace_back();
      for (u32 k = 0; k < plan_.neighborhoods; ++k) {
        const u32* seats = plan_.pupil_seats(k, g);
        if (seats[h_ + 1] > seats[h_]) {
          const u64 group = u64{k} * plan_.grades + g;
          schools_[g].push_back({.k = k,
                                 .count = seats[h_ + 1] - seats[h_],
                                 .first_seat = seats[h_],
                                 .seats = seats_of(plan_, seats[plan_.neighborhoods], group)});
        }
      }
    }
  }

  u32 school_place(u32 age, u32 word) {
    const u32 a = age - first_school_age;
    u32 at = below(word, std::max(1u, children_[a]));
    --children_[a];
    for (u32 g = 0; g < plan_.grades; ++g) {
      if (at < left_[g][a]) {
        --left_[g][a];
        return seat_pupil(g);
      }
      at -= left_[g][a];
    }
    return no_place;
  }

  u32 seat_pupil(u32 g) {
    u32 number = pupils_come_[g]++;
    for (const Destination& d : schools_[g]) {
      if (number < d.count) {
        const GradeSeats& seats = plan_.school[std::size_t{d.k} * plan_.grades + g];
        const u32 seat = d.seats(d.first_seat + number);
        return seats.first_place + static_cast<u32>(u64{seat} * seats.classes / seats.pupils);
      }
      number -= d.count;
    }
    ensures(false, "every pupil has a seat");
    return no_place;
  }

  // ---- Work: who of an age band works is drawn; jobs are dealt by a bijection
  // -----------------------

  void plan_work() {
    for (u32 age = first_working_age; age < years_of_age; ++age) {
      u32 people = hood_.in_households[0][age] + hood_.in_households[1][age];
      for (u32 g = 0; g < plan_.grades && age < first_school_age + school_ages; ++g) {
        people -= hood_.enrolled[g][age - first_school_age];
      }
      working_[band_of(age)].passing += people;
    }
    for (u32 band = 0; band < age_bands; ++band) {
      working_[band].wanted = hood_.employed[band];
      ensures(hood_.employed[band] <= working_[band].passing,
              "no more workers than people free to work");
    }
    job_.reserve(hood_.workers);
    for (u32 k = 0; k < plan_.neighborhoods; ++k) {
      for (u32 s = 0; s < plan_.sectors; ++s) {
        const u32* seat = plan_.worker_seats(k, s);
        if (seat[h_ + 1] == seat[h_]) {
          continue;
        }
        const u64 group = u64{k} * plan_.sectors + s;
        const SectorSeats& seats = plan_.work[group];
        const Seating deal = seats_of(plan_, seats.workers, group + (u64{1} << 40));
        for (u32 i = seat[h_]; i < seat[h_ + 1]; ++i) {
          const u32 team = static_cast<u32>(u64{deal(i)} * seats.teams / seats.workers);
          job_.push_back({.place = seats.first_place + team, .sector = static_cast<u8>(s)});
        }
      }
    }
    send_outside();
  }

  /// Those who work outside the city: no team, but a sector, shared as all the city's jobs.
  void send_outside() {
    std::vector<double> jobs(plan_.sectors, 0);
    for (u32 s = 0; s < plan_.sectors; ++s) {
      jobs[s] =
          std::accumulate(tables_.sectors[s].jobs.begin(), tables_.sectors[s].jobs.end(), 0.0);
    }
    if (hood_.working_outside > 0) {
      const std::vector<u32> outside = largest_remainder(jobs, hood_.working_outside);
      for (u32 s = 0; s < plan_.sectors; ++s) {
        job_.insert(job_.end(), outside[s], {.place = no_place, .sector = static_cast<u8>(s)});
      }
    }
    ensures(job_.size() == hood_.workers, "every worker has a job");
  }

  // ---- Homes
  // ----------------------------------------------------------------------------------------

  AgentId live_in_households() {
    const FilledHouseholds filled = fill_households(hood_, h_, chance_, tables_.families);
    std::vector<u8> band = incomes(static_cast<u32>(filled.households.size()));
    const Seating deal = seats_of(plan_, hood_.workers, u64{h_} + (u64{2} << 40));
    AgentId id = plan_.first_person[h_];
    std::size_t member = 0;
    for (std::size_t q = 0; q < filled.households.size(); ++q) {
      const u8 size = filled.households[q].size;
      for (u8 position = 0; position < size; ++position, ++id, ++member) {
        const u8 person = filled.members[member];
        const u32 age = age_in(person);
        const Words words = put_person(id, person);
        const std::size_t row = id - base_;
        out_.household_position[row] = position;
        out_.household_size[row] = size;
        out_.income_band[row] = band[q];
        u32 place = no_place;
        u8 sector = no_sector;
        const bool of_school_age = age >= first_school_age && age < first_school_age + school_ages;
        if (of_school_age) {
          place = school_place(age, words[1]);
        }
        if (place == no_place && age >= first_working_age &&
            working_[band_of(age)].next(words[2])) {
          const Job job = job_[deal(workers_come_++)];
          place = job.place;
          sector = job.sector;
        }
        out_.place[row] = place;
        out_.sector[row] = sector;
      }
    }
    return id;
  }

  std::vector<u8> incomes(u32 households) const {
    std::vector<u8> out;
    const std::vector<u32> counts = largest_remainder(tables_.neighborhoods[h_].income, households);
    for (u32 band = 0; band < income_bands; ++band) {
      out.insert(out.end(), counts[band], static_cast<u8>(band));
    }
    Draws(chance_, household_kind, h_, "city.household.income").shuffle(out);
    return out;
  }

  /// Residents of one type, mixed, in units of nearly equal size; everyone alone as a household.
  AgentId live_in_quarters(AgentId id, u32 type) {
    std::vector<u8> residents;
    for (u32 sex = 0; sex < 2; ++sex) {
      for (u32 age = 0; age < years_of_age; ++age) {
        residents.insert(residents.end(), hood_.in_quarters[type][sex][age], person_byte(age, sex));
      }
    }
    Draws(chance_, household_kind, h_ + type * plan_.neighborhoods, "city.quarters")
        .shuffle(residents);
    const u32 n = static_cast<u32>(residents.size()), units = plan_.units(n);
    for (u32 i = 0; i < n; ++i, ++id) {
      put_person(id, residents[i]);
      const std::size_t row = id - base_;
      out_.household_position[row] = 0;
      out_.household_size[row] = 1;
      out_.income_band[row] = 0;
      out_.sector[row] = no_sector;
      out_.place[row] = plan_.first_quarters[h_][type] + static_cast<u32>(u64{i} * units / n);
    }
    return id;
  }

  Words put_person(AgentId id, u8 person) {
    const Words words = chance_.words(resident_kind, id, 0, "city.person");
    const std::size_t row = id - base_;
    const u32 age = age_in(person);
    out_.age[row] = static_cast<u8>(age);
    out_.sex[row] = sex_in(person);
    out_.neighborhood[row] = static_cast<u16>(h_);
    out_.contact_rate[row] = tables_.contact_rate[std::min(age / 5, contact_groups - 1)]
                                                 [below(words[0], contact_quantiles)];
    return words;
  }

  struct Destination {
    u32 k, count, first_seat;
    Seating seats;
  };
  struct Job {
    u32 place;
    u8 sector;
  };

  const CityTables& tables_;
  const CityPlan& plan_;
  const NeighborhoodPlan& hood_;
  u32 h_;
  AgentId base_;
  const PeopleSpans& out_;
  Chance chance_;
  std::array<u32, school_ages> children_{};
  std::vector<std::array<u32, school_ages>> left_;
  std::vector<u32> pupils_come_;
  std::vector<std::vector<Destination>> schools_;
  std::array<Selection, age_bands> working_{};
  std::vector<Job> job_;
  u32 workers_come_ = 0;
};

/// Fills the places of one neighborhood in their order.
class PlaceBuilder {
 public:
  PlaceBuilder(const CityPlan& plan, u32 k, u32 base, const PlaceSpans& out)
      : plan_(plan), k_(k), base_(base), next_(plan.first_place[k]), out_(out) {}

  void build() {
    for (u32 g = 0; g < plan_.grades; ++g) {
      const GradeSeats& seats = plan_.school[std::size_t{k_} * plan_.grades + g];
      for (u32 school = 0; school < seats.schools; ++school) {
        const u64 classes = seats.classes;
        put(static_cast<u32>(classes * (school + 1) / seats.schools -
                             classes * school / seats.schools),
            PlaceType::school_class, no_sector);
      }
    }
    for (u32 s = 0; s < plan_.sectors; ++s) {
      const SectorSeats& seats = plan_.work[std::size_t{k_} * plan_.sectors + s];
      u32 left = seats.teams;
      for (u32 band = size_bands; band-- > 0;) {
        const u32 teams = plan_.teams_per_establishment[s][band];
        for (u32 i = 0; i < seats.establishments[band]; ++i, left -= teams) {
          put(teams, PlaceType::team, static_cast<u8>(s));
        }
      }
      for (; left > 0; --left) {
        put(1, PlaceType::team, static_cast<u8>(s));
      }
    }
    for (u32 type = 0; type < quarters_types; ++type) {
      build_quarters(type);
    }
    ensures(next_ == plan_.first_place[k_ + 1], "a neighborhood has the places it planned");
  }

 private:
  void build_quarters(u32 type) {
    u32 n = 0;
    for (const auto& sex : plan_.of[k_].in_quarters[type]) {
      n += std::accumulate(sex.begin(), sex.end(), 0u);
    }
    const u32 of_facility = std::max(1u, facility_size[type] / quarters_unit);
    for (u32 left = plan_.units(n); left > 0;) {
      const u32 units = std::min(left, of_facility);
      put(units, PlaceType::quarters, no_sector);
      left -= units;
    }
  }

  void put(u32 siblings, PlaceType type, u8 sector) {
    const u32 first = next_;
    for (u32 i = 0; i < siblings; ++i, ++next_) {
      const std::size_t row = next_ - base_;
      out_.neighborhood[row] = static_cast<u16>(k_);
      out_.type[row] = static_cast<u8>(type);
      out_.sector[row] = sector;
      out_.first_sibling[row] = first;
      out_.siblings[row] = static_cast<u16>(siblings);
    }
  }

  const CityPlan& plan_;
  u32 k_, base_, next_;
  const PlaceSpans& out_;
};

}  // namespace

City::City(CityTables tables, double scale, u64 seed)
    : tables_(std::move(tables)), scale_(scale), planned_(plan_city(tables_, scale, seed)) {
  for (const BoroughFacts& b : tables_.boroughs) {
    boroughs_.push_back({b.code, b.name});
  }
  for (const NeighborhoodFacts& h : tables_.neighborhoods) {
    neighborhoods_.push_back({h.code, h.name, h.latitude, h.longitude});
  }
  for (const SectorFacts& s : tables_.sectors) {
    sectors_.push_back({s.code, s.name, s.telework.back()});
  }
}

double City::mixing_weight(u32 h, u32 k) const {
  const NeighborhoodFacts &p = tables_.neighborhoods[h], &q = tables_.neighborhoods[k];
  const double east = (p.east - q.east) / community_distance;
  const double north = (p.north - q.north) / community_distance;
  return 1.0 / (1.0 + east * east + north * north);
}

void City::build_people(u32 h_begin, u32 h_end, PeopleSpans out) const {
  const AgentId base = first_person(h_begin);
  ensures(out.age.size() == first_person(h_end) - base, "the spans have the people of the range");
  parallel_for(h_end - h_begin, out.age.size(), [&](std::size_t i) {
    PeopleBuilder(tables_, planned_.plan, h_begin + static_cast<u32>(i), base, out).build();
  });
}

void City::build_places(u32 h_begin, u32 h_end, PlaceSpans out) const {
  const u32 base = first_place(h_begin);
  ensures(out.type.size() == first_place(h_end) - base, "the spans have the places of the range");
  parallel_for(h_end - h_begin, out.type.size(), [&](std::size_t i) {
    PlaceBuilder(planned_.plan, h_begin + static_cast<u32>(i), base, out).build();
  });
}

BuiltPopulation::BuiltPopulation(const PopulationSource& source, u32 h_begin, u32 h_end) {
  const std::size_t n = source.first_person(h_end) - source.first_person(h_begin);
  const std::size_t m = source.first_place(h_end) - source.first_place(h_begin);
  for (std::vector<u8>* column :
       {&age, &sex, &household_position, &household_size, &income_band, &sector, &contact_rate}) {
    column->resize(n);
  }
  neighborhood.resize(n);
  place.resize(n);
  place_neighborhood.resize(m);
  siblings.resize(m);
  type.resize(m);
  place_sector.resize(m);
  first_sibling.resize(m);
  source.build_people(h_begin, h_end, people());
  source.build_places(h_begin, h_end, places());
}

PeopleSpans BuiltPopulation::people() {
  return {.age = age,
          .sex = sex,
          .neighborhood = neighborhood,
          .household_position = household_position,
          .household_size = household_size,
          .income_band = income_band,
          .sector = sector,
          .contact_rate = contact_rate,
          .place = place};
}

PlaceSpans BuiltPopulation::places() {
  return {.neighborhood = place_neighborhood,
          .type = type,
          .sector = place_sector,
          .first_sibling = first_sibling,
          .siblings = siblings};
}

}  // namespace throng
