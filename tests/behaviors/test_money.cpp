// Money of people over a year: worked examples, conservation, and a twin that keeps a diary of
// every day of everybody.
#include <algorithm>
#include <array>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/labor/accounts.h"
#include "tests/behaviors/money_fixture.h"

namespace throng::labor {
namespace {

using namespace fixture;

Partition alone(AgentId people) { return Partition::blocks({0, people}, 0); }

/// Who nothing happens to.
std::unique_ptr<Behavior> quiet() {
  return scripted([](const ActRow&, const Handles&, Step) {});
}

// ---- the twin -----------------------------------------------------------------------------------

/// What people live on, day by day, from their states alone.
struct Diary {
  struct Day {
    Income on = Income::none;
    u16 pay = 0;
    Step filed = 0;
    Step day = 0;
  };
  std::vector<Day> unsettled;  ///< of this month
  Day today;
  bool filed = false;
  i64 money = 0, owed = 0;
};

class Twin {
 public:
  Twin(Simulation& simulation, const MoneySettings& settings)
      : simulation_(simulation), s_(settings), all_(people(simulation, person::age).size()) {
    for (const u16 pay : s_.pay) {
      i64 year = 0;
      for (const TaxSchedule& t : taxes_of_2020()) {
        year += tax_of_year(t, i64{pay} * 5200);
      }
      week_tax_.resize(65'536, 0);
      week_tax_[pay] = year / 52;
    }
    received_.assign(s_.accounts(), 0);
    paid_.assign(s_.accounts(), 0);
  }

  void step(Step now) {
    spent_ = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      Diary& d = all_[i];
      if (now == 1) {
        const i64 gift = age(i) >= 18 ? s_.endowment[band(i)] : 0;
        d.money = gift;
        paid_[bank_of(sectors)] += gift;
      }
      const Diary::Day next = live(i, now);
      if (now == 1) {
        d.today = next;
        d.today.day = 0;
        d.unsettled = {d.today};
      } else if (next.on != d.today.on) {
        settle(i, false);
      }
      d.today = next;
      d.unsettled.push_back(next);
    }
    spread();
    const auto tomorrow = (Calendar{start}.date_of(now) + 1).civil();
    if (tomorrow.day() == std::chrono::day(1)) {
      for (std::size_t i = 0; i < all_.size(); ++i) {
        settle(i, all_[i].today.on != Income::gone);
        if (all_[i].today.on == Income::wages) {
          all_[i].today.pay = table_pay(i);
        }
      }
    }
    spread();
    for (const Stimulus& single : s_.stimulus) {
      for (std::size_t i = 0; single.on == now && i < all_.size(); ++i) {
        pay_single(i, single);
      }
    }
    for (std::size_t i = 0; s_.benefits.owed_paid_on == now && i < all_.size(); ++i) {
      if (all_[i].today.on != Income::gone) {
        single_payment(i, all_[i].owed);
        all_[i].owed = 0;
      }
    }
    spread();
  }

  const Diary& of(std::size_t i) const { return all_[i]; }
  i64 paid(u32 account) const { return paid_[account]; }
  i64 received(u32 account) const { return received_[account]; }

 private:
  u8 age(std::size_t i) const { return people(simulation_, person::age)[i]; }
  u8 band(std::size_t i) const { return people(simulation_, person::income_band)[i]; }
  u16 table_pay(std::size_t i) const {
    const u16 m = people(simulation_, market)[i];
    return m == no_market ? u16{0} : s_.pay[m * 5u + band(i)];
  }
  Diary::Day live(std::size_t i, Step now) {
    Diary& d = all_[i];
    Diary::Day day = {.on = Income::none, .pay = d.today.pay, .filed = 0, .day = now};
    const u8 state = people(simulation_, status)[i];
    if (now == 1) {
      day.pay = table_pay(i);
    }
    if (d.today.on == Income::gone || people(simulation_, person::health)[i] == dead) {
      day.on = Income::gone;
    } else if (state == label(Status::employed)) {
      day.on = Income::wages;
      day.pay = d.today.on == Income::wages ? d.today.pay : table_pay(i);
    } else if (state == label(Status::outside)) {
      day.on = age(i) >= 65 ? Income::pension : Income::none;
    } else {
      if (people(simulation_, claim_filed)[i] == now) {
        d.filed = true;
        day.filed = now;
      } else if (d.filed) {
        day.filed = d.today.filed;
      }
      day.on = d.filed ? Income::claim : Income::none;
    }
    d.filed = d.filed && day.on == Income::claim;
    return day;
  }
  /// All unsettled days are alike.
  void settle(std::size_t i, bool spends_savings) {
    Diary& d = all_[i];
    i64 wages = 0, taxes = 0, claim = 0, owed = 0, pensions = 0;  // money of a week, or a month
    u32 days = 0;
    for (const Diary::Day& day : d.unsettled) {
      REQUIRE(day.on == d.unsettled.front().on);
      if (day.on == Income::wages) {
        wages += 100 * day.pay;
        taxes += week_tax_[day.pay];
      } else if (day.on == Income::claim) {
        const Benefits one = benefits_of_day(day);
        claim += one.paid;
        owed += one.owed;
      } else if (day.on == Income::pension) {
        const auto civil = Calendar{start}.date_of(day.day).civil();
        days = static_cast<unsigned>(std::chrono::year_month_day_last{
            civil.year(), std::chrono::month_day_last(civil.month())}
                                         .day());
        pensions += s_.pension;
      }
    }
    const i64 pension = days == 0 ? 0 : pensions / days;
    const u32 government = government_of(sectors);
    const u16 m = people(simulation_, market)[i];
    const u32 firm = m == no_market                   ? world_of(sectors)
                     : m % (boroughs + 1) == boroughs ? world_of(sectors)
                                                      : m / (boroughs + 1);
    paid_[firm] += wages / 7;
    received_[government] += taxes / 7;
    paid_[government] += claim / 7 + pension;
    const i64 income = wages / 7 - taxes / 7 + claim / 7 + pension;
    const i64 from_savings =
        spends_savings ? std::max<i64>(0, d.money) * s_.spending.savings / whole_index : 0;
    const i64 spent = (income + from_savings) * s_.spending.propensity[band(i)] / whole_index;
    d.money += income - spent;
    d.owed += owed / 7;
    spent_ += spent;
    d.unsettled.clear();
  }
  /// Of a day: seven times what it is worth.
  Benefits benefits_of_day(const Diary::Day& day) const {
    for (const BenefitEra& era : s_.benefits.eras) {
      const bool runs = day.day >= era.from && day.day < era.to;
      if (runs && day.day - day.filed < era.most_days) {
        const i64 weekly = day.pay == 0
                               ? era.without_pay
                               : std::min<i64>(504'00, std::max<i64>(104'00, day.pay * i64{50}));
        return weekly == 0 ? Benefits{} : Benefits{weekly + era.supplement, era.owed};
      }
    }
    return {};
  }
  void pay_single(std::size_t i, const Stimulus& single) {
    if (age(i) < 18 || all_[i].today.on == Income::gone) {
      return;
    }
    i64 amount = single.adult;
    for (std::size_t k = i + 1; i % 4 == 0 && k < i + 4; ++k) {
      amount += age(k) < 17 && all_[k].today.on != Income::gone ? single.child : 0;
    }
    const i64 wages = i64{all_[i].today.pay} * 5200;
    single_payment(i, std::max<i64>(0, amount - std::max<i64>(0, wages - 75'000'00) / 20));
  }
  void single_payment(std::size_t i, i64 amount) {
    const i64 spent = amount * s_.spending.propensity[band(i)] / whole_index;
    paid_[government_of(sectors)] += amount;
    all_[i].money += amount - spent;
    spent_ += spent;
  }
  void spread() {
    for (u32 a = 0; a < s_.accounts(); ++a) {
      received_[a] += spent_ * s_.spending.upto[a + 1] / whole_index -
                      spent_ * s_.spending.upto[a] / whole_index;
    }
    spent_ = 0;
  }

  Simulation& simulation_;
  const MoneySettings& s_;
  std::vector<Diary> all_;
  std::vector<i64> week_tax_, received_, paid_;
  i64 spent_ = 0;
};

}  // namespace

TEST_CASE("two months of a worker, a claimant and a pensioner by hand", "[money]") {
  // Person 0 works; person 1 is laid off on day 35 (7 March) and files on day 40; person 5 is old.
  // All others have nothing.
  auto settings = std::make_shared<MoneySettings>(fixture::settings(100));
  settings->pay.assign(settings->pay.size(), 1'500);
  settings->endowment = {};
  settings->spending.propensity = {};
  auto s = simulation(Communicator(), alone(8), 1, settings,
                      scripted([](const ActRow& me, const Handles& h, Step now) {
                        const AgentId id = me.id();
                        if (now == 1) {
                          me.set(h.status, label(id < 2 ? Status::employed : Status::outside));
                          me.set(h.market, u16{1});
                        }
                        if (id == 1 && now == 35) {
                          me.set(h.status, label(Status::temporary_layoff));
                          me.set(h.since, StoredStep{35});
                          me.set(h.claim_filed, StoredStep{40});
                        }
                      }));
  const auto ages = people(*s, person::age);
  REQUIRE(ages[0] < 65);
  REQUIRE(ages[1] < 65);
  const auto old = static_cast<std::size_t>(
      std::find_if(ages.begin(), ages.end(), [](u8 a) { return a >= 65; }) - ages.begin());
  const auto money = people(*s, assets);
  const auto go = [&](Step until) {
    while (s->now() < until) {
      s->step();
    }
  };
  go(27);
  CHECK(money[0] == 0);
  // 29 days of February: 1,500 x 29 / 7 = 6,214.28; withheld 438.05 x 29 / 7 = 1,814.77.
  go(28);
  CHECK(money[0] == 6'214'28 - 1'814'77);
  CHECK(money[1] == money[0]);
  // 1 to 6 March: 1,285.71 less 375.47, paid on the day of the layoff.
  go(35);
  CHECK(money[1] == 6'214'28 - 1'814'77 + 1'285'71 - 375'47);
  CHECK(money[0] == 6'214'28 - 1'814'77);
  // March: 1,500 x 31 / 7 = 6,642.85 less 1,939.93. Benefits from 12 March: half of the pay is more
  // than 504; 20 days of 504, of which 2 (30 and 31 March) with 600: 10,080 + 1,200 = 11,280 / 7.
  go(59);
  CHECK(money[0] == 6'214'28 - 1'814'77 + 6'642'85 - 1'939'93);
  CHECK(money[1] == 6'214'28 - 1'814'77 + 1'285'71 - 375'47 + 1'611'42);
  if (old < ages.size()) {
    CHECK(money[old] == 2 * 1'503'00);
  }
  // 15 April (day 74): 1,200 for each adult, less 150 of who earns 78,000; the first adult of a
  // household is paid for its children, of whom one here is 2 and one may be younger than 17.
  const i64 before = money[0], of_other = money[1];
  go(73);
  CHECK(money[0] == before);
  go(74);
  const i64 children = 1 + (ages[3] < 17 ? 1 : 0);
  CHECK(money[0] == before + 1'050'00 + children * 500'00);
  CHECK(money[1] == of_other + 1'050'00);
  CHECK(money[2] == 0);
  go(89);  // 30 April: another month, and no second payment
  CHECK(money[0] == before + 1'050'00 + children * 500'00 + 1'500'00 * 30 / 7 - 438'05 * 30 / 7);
  CHECK(accounts(*s, balance)[0] == -accounts(*s, paid_out)[0]);
  CHECK(all_money(*s) == 0);
}

TEST_CASE("benefits end with the longest claim", "[money]") {
  auto settings = std::make_shared<MoneySettings>(fixture::settings(330));
  settings->pay.assign(settings->pay.size(), 800);
  settings->stimulus.clear();
  settings->spending.propensity = {};
  settings->benefits.owed_paid_on.reset();
  settings->benefits.eras = {{.from = 0, .to = 331, .most_days = 26 * 7}};
  auto s = simulation(Communicator(), alone(4), 1, settings,
                      scripted([](const ActRow& me, const Handles& h, Step now) {
                        if (now == 1) {
                          me.set(h.status, label(Status::unemployed));
                          me.set(h.market, u16{1});
                          me.set(h.claim_filed, StoredStep{33});
                        }
                      }));
  std::vector<i64> of_month;
  const auto money = people(*s, assets);
  i64 before = 0;
  while (s->now() < 330) {
    s->step();
    if (s->now() == 1) {
      before = money[0];
    }
    if (settings->ends_month(s->now())) {
      of_month.push_back(money[0] - before);
      before = money[0];
    }
  }
  // Filed on 5 March: 27 days of March, whole months from April to August, and what is left of 182
  // days: 182 - 27 - 30 - 31 - 30 - 31 - 31 = 2 days of September. 400 a week.
  const std::vector<i64> expected = {0,        1'542'85, 1'714'28, 1'771'42, 1'714'28,
                                     1'771'42, 1'771'42, 114'28,   0,        0};
  CHECK(of_month == expected);
}

TEST_CASE("everybody has to the cent what a diary says, on several seeds", "[money]") {
  const auto settings = std::make_shared<const MoneySettings>(fixture::settings(334));
  std::array<i64, transfer_kinds> seen{};
  u32 on_claims = 0, gone = 0;
  for (const u64 seed : {1, 2, 3, 4}) {
    constexpr AgentId n = 400;
    auto s = simulation(Communicator(), alone(n), seed, settings, shifts(), seed == 1);
    Twin twin(*s, *settings);
    const auto money = people(*s, assets);
    while (s->now() < settings->steps) {
      s->step();
      twin.step(s->now());
      for (AgentId i = 0; i < n; ++i) {
        if (money[i] != twin.of(i).money) {
          INFO("seed " << seed << ", step " << s->now() << ", person " << i << ": " << money[i]
                       << ", diary " << twin.of(i).money);
          REQUIRE(money[i] == twin.of(i).money);
        }
      }
      for (u32 a = 0; a < settings->accounts(); ++a) {
        INFO("step " << s->now() << ", account " << a);
        REQUIRE(accounts(*s, paid_out)[a] == twin.paid(a));
        REQUIRE(accounts(*s, taken_in)[a] == twin.received(a));
        REQUIRE(accounts(*s, balance)[a] == twin.received(a) - twin.paid(a));
      }
      REQUIRE(all_money(*s) == 0);
    }
    // What was counted by borough is what happened.
    const auto& counted = s->tally(transfers.name);
    i64 people_have = 0;
    for (u32 k = 0; k < counted.size(); ++k) {
      const auto kind = static_cast<Transfer>(k / boroughs);
      const bool leaves = kind == Transfer::taxes || kind == Transfer::spending;
      people_have += leaves ? -counted[k] : counted[k];
      seen[k / boroughs] += counted[k];
    }
    CHECK(people_have == std::accumulate(money.begin(), money.end(), i64{0}));
    const auto last = people(*s, income);
    on_claims +=
        static_cast<u32>(std::count(last.begin(), last.end(), static_cast<u8>(Income::claim)));
    gone += static_cast<u32>(std::count(last.begin(), last.end(), u8{4}));
    CHECK(s->full_hash() == s->content_hash());
  }
  // The test saw everything it is about.
  for (u32 k = 0; k < transfer_kinds; ++k) {
    INFO(transfer_names[k]);
    CHECK(seen[k] > 0);
  }
  CHECK(on_claims > 10);
  CHECK(gone > 10);
}

TEST_CASE("a single payment is made once, on its date, to who is alive", "[money]") {
  auto settings = std::make_shared<MoneySettings>(fixture::settings(334));
  settings->benefits.owed_paid_on.reset();
  for (BenefitEra& era : settings->benefits.eras) {
    era.owed = 0;
  }
  auto s = simulation(Communicator(), alone(400), 7, settings, shifts());
  i64 before = 0;
  std::vector<Step> when;
  while (s->now() < settings->steps) {
    s->step();
    const auto& counted = s->tally(transfers.name);
    i64 stimulus = 0;
    for (u32 b = 0; b < boroughs; ++b) {
      stimulus += counted[static_cast<u32>(Transfer::stimulus) * boroughs + b];
    }
    if (stimulus != before) {
      when.push_back(s->now());
    }
    before = stimulus;
  }
  CHECK(when == std::vector<Step>{74, 332});
  const auto age = people(*s, person::age), last = people(*s, income);
  i64 most = 0;
  for (std::size_t i = 0; i < age.size(); ++i) {
    most += age[i] >= 18 ? 1'800'00 : age[i] < 17 ? 1'100'00 : 0;
  }
  CHECK(before < most);  // some earn too much, some have died
  CHECK(before > most / 2);
  CHECK(std::count(last.begin(), last.end(), u8{4}) > 0);
}

TEST_CASE("the index of spending falls when wages stop", "[money]") {
  auto settings = std::make_shared<MoneySettings>(fixture::settings(120));
  settings->stimulus.clear();
  settings->pension = 0;
  settings->endowment = {};
  settings->spending.savings = 0;
  auto s = simulation(Communicator(), alone(400), 1, settings,
                      scripted([](const ActRow& me, const Handles& h, Step now) {
                        // From 1 April on nobody works, and nobody files a claim.
                        if (now == 60 && me[h.status] == label(Status::employed)) {
                          me.set(h.status, label(Status::unemployed));
                          me.set(h.since, StoredStep{60});
                        }
                      }));
  std::vector<double> of_month;
  while (s->now() < 120) {
    s->step();
    if (settings->ends_month(s->now())) {
      of_month.push_back(accounts(*s, spending_index)[0] / double(whole_index));
    }
  }
  REQUIRE(of_month.size() == 4);
  CHECK(of_month[0] == 1);                        // February is what others are compared with
  CHECK(of_month[1] == Approx(1).epsilon(1e-5));  // as much a day; whole cents
  CHECK(of_month[2] == 0);
  CHECK(of_month[3] == 0);
}

TEST_CASE("nobody pays where nothing happens", "[money]") {
  const auto settings = std::make_shared<const MoneySettings>(fixture::settings(40));
  auto s = simulation(Communicator(), alone(400), 1, settings, quiet());
  s->step();
  const u64 after_start = s->content_hash();
  while (s->now() < 27) {
    s->step();
    CHECK(s->content_hash() == after_start);
  }
  s->step();
  CHECK(s->content_hash() != after_start);
}

}  // namespace throng::labor
