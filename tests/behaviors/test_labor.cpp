// Work without an epidemic: rates, matches, claims, layoffs and recalls, and the dead.
#include <cmath>
#include <iostream>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/labor/employment.h"
#include "behaviors/labor/market.h"
#include "tests/behaviors/fixture.h"
#include "tests/behaviors/labor_example.h"

namespace throng::labor {
namespace {

using epidemic::fixture::agrees;
using epidemic::fixture::Estimate;
using epidemic::fixture::estimate;
using example::Trial;

City small_new_york(double scale) {
  return City(read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables"), scale, 3);
}

double rate(Trial& t) {
  const auto out =
      static_cast<double>(t.with(Status::unemployed) + t.with(Status::temporary_layoff));
  return out / (out + static_cast<double>(t.with(Status::employed)));
}

}  // namespace

TEST_CASE("a monthly probability becomes that of a week", "[labor]") {
  // 0.55 of the unemployed of a month's beginning are left at its end, week by week.
  const double weeks = 30.44 / 7;
  CHECK(std::pow(1 - over_days(0.45, 7), weeks) == Approx(0.55).epsilon(1e-12));
  CHECK(over_days(0.45, 7) == Approx(0.128447).epsilon(1e-5));
  CHECK(over_days(0, 7) == 0);
}

TEST_CASE("who is employed in some jobs is found as one by one", "[labor]") {
  // Every market has jobs of its own; who was in none stands last.
  const std::vector<Jobs> jobs = {{0, 0}, {0, 65536}, {100, 65536}, {0, 100}, {7, 7}, {0, 0}};
  std::size_t found_of_all = 0;
  for (u64 trial = 0; trial < 100; ++trial) {
    constexpr std::size_t people = 256;
    std::vector<u16> market_of(people), idle_above_of(people), found(people);
    std::vector<u8> status_of(people);
    std::vector<u16> expected;
    for (std::size_t k = 0; k < people; ++k) {
      const u64 luck = mix(trial * people + k);
      const auto m = static_cast<u16>(luck % 6);
      market_of[k] = m == 5 ? no_market : m;
      idle_above_of[k] = static_cast<u16>(luck >> 32 & 1 ? 65535 : 95 + (luck >> 40) % 10);
      status_of[k] = static_cast<u8>((luck >> 50) % 5);
      const u32 at = idle_above_of[k];
      const bool of_them = m == 1 || (m == 2 && at >= 100) || (m == 3 && at < 100);
      if (of_them && status_of[k] == label(Status::employed)) {
        expected.push_back(static_cast<u16>(k));
      }
    }

    const std::size_t n = find_employed(jobs, market_of, idle_above_of, status_of, found);

    REQUIRE(std::vector<u16>(found.begin(), found.begin() + static_cast<i64>(n)) == expected);
    found_of_all += n;
  }
  CHECK(found_of_all > 1000);
}

TEST_CASE("the vacancy that is asked for is counted off one by one", "[labor]") {
  Settings s;
  s.sectors = 3;
  s.boroughs = 3;
  // The first sector has none; the second has a market without any and one without seats.
  const std::vector<Openings::Market> markets = {
      {.vacancies = 0},
      {.vacancies = 0},
      {.vacancies = 0},
      {.vacancies = 0},
      {.vacancies = 0},
      {.vacancies = 700, .seats = 5},
      {.vacancies = 1, .seats = 0},
      {.vacancies = 299, .seats = 3},
      {.vacancies = 10, .seats = 1},
      {.vacancies = 20'000, .seats = 40},
      {.vacancies = 0},
      {.vacancies = 1, .seats = 1},
  };
  const Openings openings(s, markets, std::vector<i64>(markets.size(), 500'000));
  CHECK(openings.choose(0, 12345) == Openings::none);
  u32 kept_out = 0;
  for (u32 k = 0; k < 200'000; ++k) {
    const u32 sector = 1 + k % 2, word = k * 21'473, other = static_cast<u32>(mix(k));
    i64 at = below(word, sector == 1 ? 1000 : 20'011);
    u32 m = sector * 4;
    while (at >= markets[m].vacancies) {
      at -= markets[m++].vacancies;
    }
    REQUIRE(openings.choose(sector, word) == m);
    // Whom the sector keeps out no market of it takes.
    REQUIRE((openings.may_win_in(sector, other) || !openings.may_win(m, other)));
    kept_out += !openings.may_win_in(sector, other);
  }
  CHECK(kept_out > 1000);
}

TEST_CASE("matches follow the matching function, and never exceed either side", "[labor]") {
  Settings s;
  s.sectors = 1;
  s.boroughs = 1;
  s.finding = 0.1;
  s.vacancy_rate = 0.1;
  s.elasticity = 0.5;
  s.at_risk = {1};
  s.layoff_speed = 0.5;
  // 900 work, so 100 jobs of 1,000 are vacant; 200 search: 0.1 * 200 are hired.
  MarketState there = {.baseline = 900, .baseline_unemployed = 200, .staff = 900, .searching = 200};
  const MarketState nowhere = {};
  const auto hires = [&](const MarketState& m) {
    const std::vector<MarketState> all = {m, nowhere};
    return plan(s, 7, all)[0].hires;
  };
  CHECK(hires(there) == Approx(20));
  // Four times the people, half of them go with each doubling: 20 * 4^0.5.
  there.searching = 800;
  CHECK(hires(there) == Approx(40));
  // 400 jobs are vacant now: 20 * (4 * 4)^0.5.
  there.staff = 600;
  CHECK(hires(there) == Approx(80));
  // At most all who search, or all jobs.
  there.searching = 1;
  s.elasticity = 0;
  CHECK(hires(there) == 1);
  there.searching = 1'000'000;
  s.elasticity = 1;
  CHECK(hires(there) == 400);
  // Who can be recalled comes first.
  there.recallable = 390;
  CHECK(hires(there) == 10);
}

TEST_CASE("layoffs take who has no work, then others where work is lost", "[labor]") {
  Settings s;
  s.steps = 7;
  s.sectors = 1;
  s.boroughs = 1;
  s.vacancy_rate = 0.1;
  s.at_risk = {0.5};
  s.layoff_speed = 0.4;
  s.closed.assign(8, 0);
  s.lost.assign(8, 0);
  s.closed[7] = 0.2;
  std::vector<MarketState> there = {{.baseline = 900, .staff = 900, .idle = 90}, {}};

  // 1,000 jobs, a tenth of which have no work: 900 for the 810 who have some.
  auto p = plan(s, 7, there)[0];
  CHECK(p.target == 900);
  CHECK(p.vacancies == 90);
  CHECK(p.idle_layoff == 0.4);
  CHECK(p.other_layoff == 0);

  // A fifth of that is lost: 720 jobs, and 90 of the 810 are too many.
  s.lost[7] = 0.2;
  p = plan(s, 7, there)[0];
  CHECK(p.target == 720);
  CHECK(p.vacancies == 0);
  CHECK(p.other_layoff == Approx(0.4 * 90 / 810));
}

TEST_CASE("without an epidemic unemployment is s / (s + f)", "[labor]") {
  const Town town({.people = 20'000, .neighborhoods = 4, .seed = 5});
  const auto settings = std::make_shared<Settings>(example::settings(town, 728));
  std::vector<double> rates;

  // A year to forget the start, then the mean of a year, sampled every four weeks.
  for (u64 seed = 1; seed <= 24; ++seed) {
    Trial trial(town, settings, seed);
    trial.steps(364);
    double sum = 0;
    for (u32 month = 0; month < 13; ++month) {
      trial.steps(28);
      sum += rate(trial);
    }
    rates.push_back(sum / 13);
  }

  agrees("unemployment, s 0.034, f 0.45", estimate(rates), 0.034 / (0.034 + 0.45), .02);
}

TEST_CASE("every borough keeps its own rate of unemployment", "[labor]") {
  const City city = small_new_york(0.02);
  auto settings = std::make_shared<Settings>(example::settings(city, 364));
  // Brooklyn, Manhattan and others, of the shared labor tables of 2019 or near them: made up here.
  settings->unemployment = {0.054, 0.041, 0.034, 0.036, 0.047};
  for (u32 b = 0; b < settings->boroughs; ++b) {
    const double u = settings->unemployment[b];
    settings->separation[b] = settings->finding * u / (1 - u);
  }
  std::vector<std::vector<double>> rates(settings->boroughs);

  for (u64 seed = 1; seed <= 8; ++seed) {
    Trial trial(city, settings, seed);
    std::vector<double> sum(settings->boroughs, 0);
    trial.steps(84);
    for (u32 month = 0; month < 10; ++month) {
      trial.steps(28);
      const auto& count = trial.simulation().counts(status.name).count;
      for (u32 b = 0; b < settings->boroughs; ++b) {
        const u32 cells = settings->boroughs;  // one age band
        const auto out = static_cast<double>(count[label(Status::unemployed) * cells + b]);
        const auto in = static_cast<double>(count[label(Status::employed) * cells + b]);
        sum[b] += out / (out + in) / 10;
      }
    }
    for (u32 b = 0; b < settings->boroughs; ++b) {
      rates[b].push_back(sum[b]);
    }
  }

  for (u32 b = 0; b < settings->boroughs; ++b) {
    agrees("unemployment of borough " + std::to_string(b), estimate(rates[b]),
           settings->unemployment[b], .05);
  }
}

TEST_CASE("the unemployed of the start are adults without work, in the numbers asked for",
          "[labor]") {
  const City city = small_new_york(0.01);
  const auto settings = std::make_shared<Settings>(example::settings(city, 7));

  Trial trial(city, settings, 9);

  const auto age = trial.people(person::age);
  const auto sector = trial.people(person::sector);
  const auto type = trial.people(person::place_type);
  const auto cell = trial.people(person::cell);
  std::vector<i64> works(settings->boroughs, 0), searches(settings->boroughs, 0);
  for (Row r = 0; r < age.size(); ++r) {
    const auto in = static_cast<Status>(trial.people(status)[r]);
    CHECK((in == Status::employed) == (sector[r] != person::no_sector));
    CHECK((in == Status::outside) == (trial.people(market)[r] == no_market));
    CHECK(trial.people(person::off_work)[r] == (in == Status::unemployed ? 1 : 0));
    if (in == Status::unemployed) {
      CHECK(age[r] >= 16);
      CHECK(age[r] <= 69);
      CHECK(type[r] == static_cast<u8>(person::PlaceType::none));
      ++searches[cell[r]];
    }
    works[cell[r]] += in == Status::employed;
  }
  for (u32 b = 0; b < settings->boroughs; ++b) {
    const double u = settings->unemployment[b];
    CHECK(searches[b] == std::llround(static_cast<double>(works[b]) * u / (1 - u)));
  }
}

TEST_CASE("each hire is one worker and one place", "[labor]") {
  const City city = small_new_york(0.01);
  const auto settings = std::make_shared<Settings>(example::settings(city, 210));
  example::close(*settings, 0.5, 40, 100);
  Trial trial(city, settings, 4);
  i64 hires = 0, recalls = 0;

  for (Step week = 1; week <= 30; ++week) {
    const auto before_column = trial.people(status);
    const std::vector<u8> before(before_column.begin(), before_column.end());
    const auto had = trial.markets(staff);
    const std::vector<i64> staff_before(had.begin(), had.end());
    trial.steps(7);

    std::vector<i64> came(settings->markets(), 0), left(settings->markets(), 0);
    for (Row r = 0; r < before.size(); ++r) {
      const bool worked = before[r] == label(Status::employed),
                 works = trial.people(status)[r] == label(Status::employed);
      came[trial.people(market)[r] % settings->markets()] += !worked && works;
      left[trial.people(market)[r] % settings->markets()] += worked && !works;
    }
    i64 all = 0;
    for (u32 m = 0; m < settings->markets(); ++m) {
      INFO("week " << week << ", market " << m);
      REQUIRE(came[m] <= trial.markets(seats)[m] + trial.markets(recall_seats)[m]);
      REQUIRE(trial.markets(staff)[m] == staff_before[m] + came[m] - left[m]);
      all += came[m];
    }
    REQUIRE(all == trial.flow_of(Flow::hires) + trial.flow_of(Flow::recalls) - hires - recalls);
    hires = trial.flow_of(Flow::hires);
    recalls = trial.flow_of(Flow::recalls);
  }
  CHECK(hires > 1000);
  CHECK(recalls > 500);
}

TEST_CASE("seats are what the matching function expects, and nearly all are taken", "[labor]") {
  const City city = small_new_york(0.02);
  const auto settings = std::make_shared<Settings>(example::settings(city, 364));
  Trial trial(city, settings, 6);
  double expected = 0, variance = 0;
  i64 offered = 0, n = 0;

  for (u32 week = 1; week <= 52; ++week) {
    const auto had = trial.markets(staff);
    const std::vector<i64> staff_before(had.begin(), had.end());
    trial.steps(7);
    std::vector<MarketState> states(settings->markets());
    for (u32 m = 0; m < states.size(); ++m) {
      states[m] = {.baseline = trial.markets(baseline)[m],
                   .baseline_unemployed = trial.markets(baseline_unemployed)[m],
                   .staff = staff_before[m],
                   .searching = trial.markets(searching)[m]};
    }
    const auto plans = plan(*settings, trial.simulation().now(), states);
    for (u32 m = 0; m < states.size(); ++m) {
      const double part = plans[m].hires - std::floor(plans[m].hires);
      expected += plans[m].hires;
      variance += part * (1 - part);
      offered += trial.markets(seats)[m];
      ++n;
    }
  }

  agrees("seats", {static_cast<std::size_t>(n), static_cast<double>(offered), std::sqrt(variance)},
         expected, .02);
  // Some seats of the smallest markets find nobody: who searches there is one of a few.
  const auto taken = static_cast<double>(trial.flow_of(Flow::hires));
  std::cout << "  of " << offered << " seats " << taken << " were taken\n";
  CHECK(taken <= static_cast<double>(offered));
  CHECK(taken > 0.97 * static_cast<double>(offered));
}

TEST_CASE("who is laid off is of a closed team, and is recalled when it opens", "[labor]") {
  const Town town({.people = 20'000, .neighborhoods = 4, .seed = 5});
  const auto settings = std::make_shared<Settings>(example::settings(town, 140));
  settings->separation = {1e-6};
  settings->turns_permanent = 0;
  settings->temporary_share = 1;
  example::close(*settings, 0.4, 14, 70);
  Trial trial(town, settings, 8);
  const i64 before = trial.with(Status::employed);

  trial.steps(69);
  const u32 closed = settings->closed_in_units(69, 0);
  i64 off = 0;
  for (Row r = 0; r < trial.people(status).size(); ++r) {
    if (trial.people(status)[r] == label(Status::temporary_layoff)) {
      REQUIRE(trial.people(idle_above)[r] < closed);
      REQUIRE(trial.people(person::off_work)[r] == 1);
      ++off;
    }
  }
  // Half of who is left is laid off every week, eight times.
  const auto idle_in_all = [&] {
    i64 sum = 0;
    for (Row r = 0; r < trial.people(status).size(); ++r) {
      sum += trial.people(person::sector)[r] != person::no_sector &&
             trial.people(idle_above)[r] < closed;
    }
    return sum;
  }();
  CHECK(static_cast<double>(off) > 0.97 * static_cast<double>(idle_in_all));
  CHECK(static_cast<double>(idle_in_all) / static_cast<double>(before) == Approx(0.4).margin(.03));

  trial.steps(71);
  // After eleven weeks of a monthly probability of 0.6 one in ten waits still.
  CHECK(static_cast<double>(trial.with(Status::temporary_layoff)) / static_cast<double>(off) ==
        Approx(std::pow(1 - settings->recall, 11)).margin(.03));
  CHECK(trial.flow_of(Flow::recalls) ==
        trial.flow_of(Flow::temporary_layoffs) - trial.with(Status::temporary_layoff));
}

TEST_CASE("the dead leave work and the labor force on their day, the ill do not search",
          "[labor]") {
  const Town town({.people = 10'000, .neighborhoods = 2, .seed = 5});
  const auto settings = std::make_shared<Settings>(example::settings(town, 70));
  // Of even ids all are ill; of the others one in ten dies on day 3.
  Trial trial(town, settings, 8, [](AgentId id, Step now) {
    return id % 2 == 0                ? person::Health::ill
           : id % 10 == 1 && now >= 3 ? person::Health::dead
                                      : person::Health::well;
  });
  const auto start = trial.people(status);
  const std::vector<u8> before(start.begin(), start.end());

  trial.steps(3);
  i64 died = 0, works = 0;
  for (AgentId id = 0; id < before.size(); ++id) {
    const u8 now = trial.people(status)[id];
    const bool dies = id % 10 == 1;
    REQUIRE(now == (dies ? label(Status::outside) : before[id]));
    died += dies && before[id] != label(Status::outside);
    works += now == label(Status::employed);
  }
  CHECK(trial.flow_of(Flow::deaths) == died);
  i64 staffed = 0;
  for (const i64 s : trial.markets(staff)) {
    staffed += s;
  }
  CHECK(staffed == works);

  trial.steps(67);
  i64 hired_of_ill = 0, hired = 0;
  for (AgentId id = 0; id < before.size(); ++id) {
    const bool found = before[id] == label(Status::unemployed) &&
                       trial.people(status)[id] == label(Status::employed);
    hired_of_ill += found && id % 2 == 0;
    hired += found;
    if (id % 10 == 1) {
      REQUIRE(trial.people(status)[id] == label(Status::outside));
    }
  }
  CHECK(hired_of_ill == 0);
  CHECK(hired > 50);
}

TEST_CASE("claims are counted when they are filed", "[labor]") {
  const Town town({.people = 20'000, .neighborhoods = 4, .seed = 5});
  const auto settings = std::make_shared<Settings>(example::settings(town, 70));
  settings->separation = {1e-6};
  settings->layoff_speed = 1;
  settings->recall = 0;
  settings->finding = 1e-9;
  settings->filing_delay.assign(71, 10);
  example::close(*settings, 0.5, 7, 71);
  Trial trial(town, settings, 3);

  trial.steps(7);
  const auto laid_off =
      trial.flow_of(Flow::temporary_layoffs) + trial.flow_of(Flow::permanent_layoffs);
  std::vector<double> days;
  for (Step step = 8; step <= 70; ++step) {
    trial.steps(1);
    const i64 today = trial.simulation().due_counts(claim_filed.name).entries[0];
    days.insert(days.end(), static_cast<std::size_t>(today), static_cast<double>(step - 7));
  }

  // The rest of a geometric law of mean 10 beyond 63 days is 0.9^63 = 0.0013.
  agrees("days to a claim", estimate(days), 10, .06);
  agrees("share who claim", epidemic::fixture::proportion(static_cast<i64>(days.size()), laid_off),
         0.9, .02);
}

TEST_CASE("labels of statuses travel with their codes", "[labor]") {
  const Town town({.people = 2'000, .neighborhoods = 1, .seed = 5});
  Trial trial(town, std::make_shared<Settings>(example::settings(town, 7)), 1);

  const auto* entry = trial.simulation().population().kind(person::kind).find(status.name);

  const std::vector<std::string> names = {"outside", "employed", "temporary_layoff", "unemployed",
                                          "not_searching"};
  REQUIRE(entry != nullptr);
  CHECK(entry->label_names == names);
  CHECK(names[label(Status::employed)] == "employed");
  CHECK(names[label(Status::not_searching)] == "not_searching");
}

}  // namespace throng::labor
