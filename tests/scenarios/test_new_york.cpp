// New York from its tables: the fit report's pass lines, invariants, independence of ranges and
// threads.
#include <chrono>
#include <iostream>
#include <numeric>

#include <catch2/catch.hpp>

#include "scenarios/city/city.h"
#include "scenarios/city/fit.h"
#include "sim/chance.h"
#include "sim/error.h"
#include "sim/parallel.h"

using namespace throng;

namespace {

const CityTables& tables() {
  static const CityTables read = read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables");
  return read;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class T>
void add_hash(u64& hash, const std::vector<T>& column) {
  for (const T value : column) {
    hash = mix(hash ^ value) + 0x9E3779B97F4A7C15ull;
  }
}

u64 hash_of(const BuiltPopulation& p) {
  u64 hash = 0;
  for (const auto* column :
       {&p.age, &p.sex, &p.household_position, &p.household_size, &p.income_band, &p.sector,
        &p.contact_rate, &p.type, &p.place_sector}) {
    add_hash(hash, *column);
  }
  for (const auto* column : {&p.neighborhood, &p.place_neighborhood, &p.siblings}) {
    add_hash(hash, *column);
  }
  add_hash(hash, p.place);
  add_hash(hash, p.first_sibling);
  return hash;
}

void append(BuiltPopulation& to, const BuiltPopulation& part) {
  const auto add = [](auto& a, const auto& b) { a.insert(a.end(), b.begin(), b.end()); };
  add(to.age, part.age);
  add(to.sex, part.sex);
  add(to.neighborhood, part.neighborhood);
  add(to.household_position, part.household_position);
  add(to.household_size, part.household_size);
  add(to.income_band, part.income_band);
  add(to.sector, part.sector);
  add(to.contact_rate, part.contact_rate);
  add(to.place, part.place);
  add(to.place_neighborhood, part.place_neighborhood);
  add(to.type, part.type);
  add(to.place_sector, part.place_sector);
  add(to.first_sibling, part.first_sibling);
  add(to.siblings, part.siblings);
}

/// Rows that break a rule, by rule: counted, since a REQUIRE per row would take most of the time.
u64 broken_households(const BuiltPopulation& p) {
  const std::size_t n = p.age.size();
  u64 broken = 0;
  for (std::size_t i = 0; i < n; i += p.household_size[i]) {
    bool adult = false;
    if (p.household_size[i] == 0 || i + p.household_size[i] > n) {
      return n;
    }
    for (u32 j = 0; j < p.household_size[i]; ++j) {
      broken += p.household_position[i + j] != j ||
                p.household_size[i + j] != p.household_size[i] ||
                p.neighborhood[i + j] != p.neighborhood[i] ||
                p.income_band[i + j] != p.income_band[i] || p.income_band[i] >= 5;
      adult = adult || p.age[i + j] >= 18;
    }
    broken += !adult;
  }
  return broken;
}

bool keeps_place_rules(const BuiltPopulation& p, std::size_t i) {
  if (p.place[i] == no_place) {
    return true;
  }
  if (p.place[i] >= p.type.size()) {
    return false;
  }
  const auto type = static_cast<PlaceType>(p.type[p.place[i]]);
  if (type == PlaceType::team) {
    return p.sector[i] == p.place_sector[p.place[i]] && p.age[i] >= 16;
  }
  if (type == PlaceType::school_class) {
    return p.sector[i] == no_sector && p.age[i] >= 3 && p.age[i] <= 22;
  }
  return p.sector[i] == no_sector && p.household_size[i] == 1 && p.age[i] >= 18 &&
         p.neighborhood[i] == p.place_neighborhood[p.place[i]];
}

u64 broken_places(const BuiltPopulation& p) {
  std::vector<u32> members(p.type.size(), 0);
  u64 broken = 0;
  for (std::size_t i = 0; i < p.place.size(); ++i) {
    if (!keeps_place_rules(p, i)) {
      ++broken;
    } else if (p.place[i] != no_place) {
      ++members[p.place[i]];
    }
  }
  for (std::size_t q = 0; q < members.size(); ++q) {
    const u32 first = p.first_sibling[q];
    const u32 most = p.type[q] == static_cast<u8>(PlaceType::quarters) ? 250 : 60;
    broken += members[q] == 0 || members[q] > most;
    broken += first > q || q >= first + p.siblings[q] || p.first_sibling[first] != first ||
              p.type[first] != p.type[q] ||
              p.place_neighborhood[first] != p.place_neighborhood[q] ||
              p.place_sector[first] != p.place_sector[q];
  }
  return broken;
}

}  // namespace

TEST_CASE("a small New York keeps the rules of households and places", "[city]") {
  const City city(tables(), 0.02, 7);
  const BuiltPopulation built(city);

  CHECK(city.people() == 166'736);  // 8,336,817 x 0.02 = 166,736.34
  CHECK(built.age.size() == city.people());
  CHECK(broken_households(built) == 0);
  CHECK(broken_places(built) == 0);
}

TEST_CASE("ids of people and places are blocks in order of neighborhood", "[city]") {
  const City city(tables(), 0.02, 7);
  const BuiltPopulation built(city);

  u64 broken = 0;
  for (u32 h = 0; h < city.neighborhoods(); ++h) {
    for (AgentId i = city.first_person(h); i < city.first_person(h + 1); ++i) {
      broken += built.neighborhood[i] != h;
    }
    for (u32 p = city.first_place(h); p < city.first_place(h + 1); ++p) {
      broken += built.place_neighborhood[p] != h;
    }
  }
  CHECK(broken == 0);
  CHECK(city.first_person(city.neighborhoods()) == city.people());
  CHECK(city.first_place(city.neighborhoods()) == city.places());
}

TEST_CASE("the city is the same however ranges are cut and on any number of threads", "[city]") {
  const int threads = thread_count();
  const City city(tables(), 0.02, 7);
  set_thread_count(1);
  const u64 whole = hash_of(BuiltPopulation(city));

  for (const int count : {1, 2}) {
    set_thread_count(count);
    for (const std::vector<u32>& cuts : {std::vector<u32>{0, 262},
                                         {0, 1, 262},
                                         {0, 100, 100, 200, 262},
                                         {0, 37, 91, 150, 261, 262}}) {
      const City again(tables(), 0.02, 7);
      BuiltPopulation joined(again, 0, 0);
      for (std::size_t i = 1; i < cuts.size(); ++i) {
        append(joined, BuiltPopulation(again, cuts[i - 1], cuts[i]));
      }
      CHECK(hash_of(joined) == whole);
    }
  }
  set_thread_count(threads);
  const City other(tables(), 0.02, 8);
  CHECK(hash_of(BuiltPopulation(other)) != whole);
}

TEST_CASE("small cities meet their pass lines", "[city]") {
  for (const double scale : {0.01, 0.02, 0.1}) {
    const FitReport report = check_fit(City(tables(), scale, 3));
    INFO("scale " << scale << "\n" << report.text());
    CHECK(report.pass());
  }
}

TEST_CASE("cities larger than New York meet its pass lines", "[.large]") {
  for (const double scale : {1.5, 4.0}) {
    const FitReport report = check_fit(City(tables(), scale, 3));
    INFO("scale " << scale << "\n" << report.text());
    CHECK(report.pass());
  }
}

TEST_CASE("New York at full size has the people of the census, exactly", "[city]") {
  const City city(tables(), 1.0, 1);
  const BuiltPopulation built(city);
  const FitReport report = check_fit(city);

  REQUIRE(city.people() == 8'336'817);
  INFO(report.text());
  CHECK(report.pass());
  std::vector<u32> count(5 * 36, 0);
  for (std::size_t i = 0; i < built.age.size(); ++i) {
    const u32 group = std::min(built.age[i] / 5, 17);
    ++count[(city.borough_of(built.neighborhood[i]) * 2 + built.sex[i]) * 18 + group];
  }
  for (u32 at = 0; at < count.size(); ++at) {
    REQUIRE(count[at] == tables().boroughs[at / 36].people[at / 18 % 2][at % 18]);
  }
  CHECK(broken_households(built) == 0);
  CHECK(broken_places(built) == 0);
}

TEST_CASE("children live with people of an age to be their parents", "[city]") {
  // Not a margin of the tables: a check that the matching does what it is for. In households with a
  // minor the first adult is the mother, the lone parent, or a grandparent who heads the household.
  const City city(tables(), 0.1, 5);
  const BuiltPopulation p(city);
  double gap = 0, within = 0, minors = 0, partners = 0, couples = 0;
  for (std::size_t i = 0; i < p.age.size(); i += p.household_size[i]) {
    const u32 size = p.household_size[i];
    for (u32 j = 1; j < size; ++j) {
      if (p.age[i + j] < 18) {
        const int difference = p.age[i] - p.age[i + j];
        gap += difference;
        within += difference >= 15 && difference <= 50;
        minors += 1;
      }
    }
    if (size == 2 && p.age[i + 1] >= 25 && p.age[i] >= 25 && p.sex[i] == 0 && p.sex[i + 1] == 1) {
      couples += 1;
      partners += std::abs(p.age[i] - p.age[i + 1]) <= 10;
    }
  }

  INFO("n = " << minors << " minors, mean gap " << gap / minors
              << " years, share within 15 to 50 years " << within / minors << "; " << couples
              << " pairs, share within 10 years " << partners / couples);
  CHECK(gap / minors > 27);
  CHECK(gap / minors < 35);
  CHECK(within / minors > 0.93);
  CHECK(partners / couples > 0.7);
}

TEST_CASE("outsiders, mixing and labels answer for New York", "[city]") {
  const City city(tables(), 0.02, 7);

  REQUIRE(city.boroughs().size() == 5);
  CHECK(city.boroughs()[2].name == "Manhattan");
  CHECK(city.neighborhood_labels().size() == 262);
  CHECK(city.sectors().size() == 20);
  // Manhattan: 660,653 in-commuters; residents who work there come to 1.7 to 1.9 million.
  CHECK(city.outsider_share(2) > 0.25);
  CHECK(city.outsider_share(2) < 0.29);
  CHECK(city.outsider_share(4) < city.outsider_share(2));
  CHECK(city.mixing_weight(3, 3) == 1.0);
  CHECK(city.mixing_weight(3, 200) == city.mixing_weight(200, 3));
  CHECK(city.mixing_weight(3, 200) < city.mixing_weight(3, 4));
}

TEST_CASE("a scale that leaves nobody, or more than ids can number, is refused", "[city]") {
  CHECK_THROWS_AS(City(tables(), 0.0, 1), ContractError);
  CHECK_THROWS_AS(City(tables(), 1000.0, 1), ContractError);
}

TEST_CASE("print the fit report and the time to build New York", "[.report]") {
  auto start = std::chrono::steady_clock::now();
  const CityTables read = read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables");
  std::cout << "tables read in " << seconds_since(start) << " s\n";
  start = std::chrono::steady_clock::now();
  const City city(read, 1.0, 1);
  std::cout << city.people() << " people, " << city.places() << " places, planned in "
            << seconds_since(start) << " s\n";
  BuiltPopulation built(city);  // once to touch the memory
  start = std::chrono::steady_clock::now();
  city.build_people(0, city.neighborhoods(), built.people());
  std::cout << "people in " << seconds_since(start) << " s";
  start = std::chrono::steady_clock::now();
  city.build_places(0, city.neighborhoods(), built.places());
  std::cout << ", places in " << seconds_since(start) << " s on " << thread_count() << " threads\n";
  std::cout << check_fit(city).text();
}

TEST_CASE("a city of 100 million people can be planned and built in pieces", "[.large]") {
  const City city(tables(), 12.0, 1);
  CHECK(city.people() == 100'041'804);
  u64 people = 0, broken = 0;
  for (u32 h = 0; h < city.neighborhoods(); h += 8) {
    const BuiltPopulation part(city, h, std::min(city.neighborhoods(), h + 8));
    people += part.age.size();
    broken += broken_households(part);
    for (const u32 place : part.place) {
      broken += place != no_place && place >= city.places();
    }
  }
  CHECK(people == city.people());
  CHECK(broken == 0);
}
