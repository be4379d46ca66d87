#include "tests/behaviors/money_fixture.h"

#include <numeric>

#include "behaviors/labor/accounts.h"

namespace throng::labor::fixture {
namespace {

constexpr i64 usd = 100;

u32 word(AgentId id, u32 what, u64 seed) {
  return static_cast<u32>(mix(seed * 1000 + what) ^ mix(id * 7919ull + what));
}

Step step_of(int month, int day) {
  return Calendar{start}.step_of(
      *Date::from_civil(2020, static_cast<unsigned>(month), static_cast<unsigned>(day)));
}

/// Above a deduction.
TaxSchedule schedule(std::string name, i64 deduction, std::vector<std::pair<i64, i64>> brackets) {
  TaxSchedule s{.name = std::move(name), .brackets = {{0, 0}}};
  for (const auto& [above, rate] : brackets) {
    s.brackets.push_back({(deduction + above) * usd, rate});
  }
  if (deduction == 0) {
    s.brackets.erase(s.brackets.begin());
  }
  return s;
}

class Scripted final : public Behavior {
 public:
  using Script = std::function<void(const ActRow&, const Handles&, Step)>;
  explicit Scripted(Script script) : script_(std::move(script)) {}
  std::string_view name() const override { return "test.states"; }
  std::string_view doc() const override { return "Changes states as a test says."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    handles_ = {b.writes(status), b.writes(person::health), b.writes(market), b.writes(since),
                b.writes(claim_filed)};
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) { script_(me, handles_, a.now()); });
  }

 private:
  Script script_;
  Handles handles_;
};

}  // namespace

std::vector<TaxSchedule> taxes_of_2020() {
  return {
      schedule("federal", 12'400,
               {{0, 100'000},
                {9'875, 120'000},
                {40'125, 220'000},
                {85'525, 240'000},
                {163'300, 320'000},
                {207'350, 350'000},
                {518'400, 370'000}}),
      schedule("state", 8'000,
               {{0, 40'000},
                {8'500, 45'000},
                {11'700, 52'500},
                {13'900, 59'000},
                {21'400, 60'900},
                {80'650, 64'100},
                {215'400, 68'500},
                {1'077'550, 88'200}}),
      schedule("city", 8'000, {{0, 30'780}, {12'000, 37'620}, {25'000, 38'190}, {50'000, 38'760}}),
      schedule("social_security", 0, {{0, 62'000}, {137'700, 0}}),
      schedule("medicare", 0, {{0, 14'500}, {200'000, 23'500}})};
}

MoneySettings settings(Step steps) {
  MoneySettings s;
  s.sectors = sectors;
  s.boroughs = boroughs;
  for (u32 m = 0; m < markets; ++m) {
    for (u32 band = 0; band < income_bands; ++band) {
      s.pay.push_back(static_cast<u16>(180 + 137 * m + 251 * band));
    }
    s.payer.push_back(m % (boroughs + 1) == boroughs ? world_of(sectors) : m / (boroughs + 1));
  }
  s.withholding = Withholding(taxes_of_2020());
  s.benefits = {.share = 500'000,
                .least = 104 * usd,
                .most = 504 * usd,
                .eras = {},
                .owed_paid_on = step_of(9, 15)};
  const auto era = [&](Step from, i64 days, i64 without_pay, i64 supplement, i64 later) {
    if (!s.benefits.eras.empty()) {
      s.benefits.eras.back().to = from;
    }
    s.benefits.eras.push_back({.from = from,
                               .to = steps + 1,
                               .most_days = days,
                               .without_pay = without_pay,
                               .supplement = supplement,
                               .owed = later});
  };
  era(0, 26 * 7, 0, 0, 0);
  era(step_of(3, 27), 39 * 7, 182 * usd, 0, 0);
  era(step_of(3, 30), 39 * 7, 182 * usd, 600 * usd, 0);
  era(step_of(7, 27), 39 * 7, 182 * usd, 0, 300 * usd);
  era(step_of(9, 7), 39 * 7, 182 * usd, 0, 0);
  s.stimulus = {{.on = step_of(4, 15),
                 .adult = 1200 * usd,
                 .child = 500 * usd,
                 .above = 75'000 * usd,
                 .rate = 50'000},
                {.on = step_of(12, 29),
                 .adult = 600 * usd,
                 .child = 600 * usd,
                 .above = 75'000 * usd,
                 .rate = 50'000}};
  s.pension = 1'503 * usd;
  s.pension_from = 65;
  s.endowment = {500 * usd, 1'500 * usd, 3'000 * usd, 8'000 * usd, 30'000 * usd};
  s.spending.propensity = {1'040'000, 1'020'000, 980'000, 900'000, 750'000};
  s.spending.savings = 20'000;
  s.spending.upto = {0, 200'000, 500'001, 900'000, 900'000, 900'000, whole_index};
  const Calendar calendar{start};
  s.months = months_of(calendar, steps);
  for (u32 m = 0; m < s.months.size(); ++m) {
    s.month_of.resize(std::min<std::size_t>(s.months[m].end, steps + std::size_t{1}), m);
  }
  s.steps = steps;
  return s;
}

Population population(Partition partition, u64 seed) {
  Population p;
  Kind& k = p.add_kind(std::string(person::kind), std::move(partition));
  const auto age = k.values(person::age), position = k.values(person::household_position),
             size = k.values(person::household_size), band = k.values(person::income_band),
             cell = k.values(person::cell), state = k.values(status);
  const auto at = k.values(market);
  for (Row r = 0; r < k.rows(); ++r) {
    const AgentId id = k.partition().id_of(r);
    const u32 x = word(id, 1, seed), y = word(id, 2, seed);
    position[r] = static_cast<u8>(id % 4);
    size[r] = 4;
    age[r] = static_cast<u8>(position[r] == 0   ? 25 + x % 40
                             : position[r] == 1 ? (x % 3 == 0 ? 65 + x % 20 : 20 + x % 45)
                             : position[r] == 2 ? x % 17
                                                : 15 + x % 3);
    band[r] = static_cast<u8>(word(id / 4, 3, seed) % income_bands);
    cell[r] = static_cast<u8>(id * boroughs / k.partition().total());
    const bool adult = age[r] >= 18 && age[r] < 65;
    state[r] = static_cast<u8>(!adult         ? Status::outside
                               : y % 100 < 80 ? Status::employed
                               : y % 100 < 90 ? Status::unemployed
                                              : Status::outside);
    if (state[r] != 0 && !(state[r] == 3 && y % 2 == 0)) {
      at[r] = static_cast<u16>(word(id, 4, seed) % markets);
    }
  }
  return p;
}

std::unique_ptr<Behavior> scripted(
    std::function<void(const ActRow&, const Handles&, Step)> script) {
  return std::make_unique<Scripted>(std::move(script));
}

std::unique_ptr<Behavior> shifts() {
  return scripted([](const ActRow& me, const Handles& h, Step now) {
    const u32 x = word(me.id(), 100 + now, 5), y = word(me.id(), 100'000 + now, 5);
    const auto step = static_cast<StoredStep>(now);
    if (x % 3000 == 0 && me[h.health] != dead) {
      me.set(h.health, dead);
    }
    if (now % 7 != 0 || (me[h.health] == dead && x % 2 == 0)) {
      return;
    }
    const auto state = static_cast<Status>(me[h.status]);
    const auto become = [&](Status next) {
      me.set(h.status, static_cast<u8>(next));
      me.set(h.since, step);
    };
    if (me[h.health] == dead) {  // some time later
      if (state != Status::outside) {
        become(Status::outside);
      }
    } else if (state == Status::employed && y % 100 < 9) {
      become(y % 3 == 0   ? Status::outside
             : y % 3 == 1 ? Status::temporary_layoff
                          : Status::unemployed);
      me.set(h.claim_filed,
             y % 3 == 0 || y % 5 == 0 ? never : static_cast<StoredStep>(now + y / 1000 % 20));
    } else if (state == Status::employed && y % 100 < 13) {
      me.set(h.market, static_cast<u16>(x % markets));  // no day between two jobs
    } else if (state == Status::temporary_layoff && y % 100 < 10) {
      become(Status::unemployed);  // with the same claim
    } else if (state != Status::employed && state != Status::outside && y % 100 < 25) {
      become(Status::employed);
      me.set(h.market, static_cast<u16>(x % markets));
      me.set(h.claim_filed, never);
    }
  });
}

std::unique_ptr<Simulation> simulation(const Communicator& world, Partition partition, u64 seed,
                                       std::shared_ptr<const MoneySettings> settings,
                                       std::unique_ptr<Behavior> changes, bool check_order) {
  Population p = population(std::move(partition), seed);
  populate(p, *settings);
  auto made = std::make_unique<Simulation>(
      world, std::move(p), SimulationOptions{.seed = seed, .check_order = check_order});
  made->add_substep("states", std::move(changes));
  add_money_to(*made, std::move(settings));
  made->start();
  return made;
}

i64 all_money(Simulation& simulation) {
  const auto purses = people(simulation, assets);
  i64 sum = std::accumulate(purses.begin(), purses.end(), i64{0});
  simulation.world().sum(std::span<i64>(&sum, 1));
  const auto books = accounts(simulation, balance);
  return std::accumulate(books.begin(), books.end(), sum);
}

}  // namespace throng::labor::fixture
