#include "behaviors/labor/money.h"

#include <algorithm>

#include "behaviors/labor/accounts.h"
#include "behaviors/labor/month_end.h"
#include "behaviors/person/columns.h"
#include "sim/parallel.h"

namespace throng::labor {

std::vector<Month> months_of(const Calendar& calendar, Step steps) {
  std::vector<Month> months;
  for (Step step = 0; step <= steps; ++step) {
    const auto civil = calendar.date_of(step).civil();
    if (months.empty() || civil.day() == std::chrono::day(1)) {
      const std::chrono::year_month_day_last last{civil.year(),
                                                  std::chrono::month_day_last(civil.month())};
      const u32 days = static_cast<unsigned>(last.day()), day = static_cast<unsigned>(civil.day());
      months.push_back({.first = step, .end = step + days + 1 - day, .days = days});
      months.back().whole = day == 1 && months.back().end <= steps + 1;
    }
  }
  return months;
}

// ---- booking it ---------------------------------------------------------------------------------

namespace {

constexpr auto died = static_cast<u8>(person::Health::dead);

bool out_of_work(u8 state) {
  return state != label(Status::outside) && state != label(Status::employed);
}

/// What somebody lives on by who that is.
struct Standing {
  u8 health, state, age;
  StoredStep since, claim_filed;
};
Income income_of(const MoneySettings& settings, const Standing& who, Step now) {
  if (who.health == died) {
    return Income::gone;
  }
  if (who.state == label(Status::employed)) {
    return Income::wages;
  }
  if (out_of_work(who.state)) {
    // A claim of an earlier spell is over.
    return who.claim_filed <= now && who.claim_filed >= who.since ? Income::claim : Income::none;
  }
  return who.age >= settings.pension_from ? Income::pension : Income::none;
}

/// What people of a block are paid once. [cent]
struct SingleAmounts {
  std::array<i64, Block<ActRow>::most> stimulus, owed;
  i64 of(std::size_t k) const { return stimulus[k] + owed[k]; }
};

/// The columns of a person's purse. Every payment is booked on both sides: the person's, and that
/// of the accounts, which read their sums in the next substep.
class Books {
 public:
  Books(const MoneySettings& settings) : settings_(settings) {}
  void bind(Binder& b) {
    income = b.writes(labor::income);
    since = b.writes(income_since);
    pay = b.writes(weekly_pay);
    assets_ = b.writes(assets);
    market = b.reads(labor::market);
    band_ = b.reads(person::income_band);
    cell_ = b.reads(person::cell);
    payments_ = b.adds_later(payments, account_kind);
    receipts_ = b.adds_later(receipts, account_kind);
    transfers_ = b.tallies(transfers, transfer_kinds * settings_.boroughs);
    owed = b.writes(labor::owed);
    boroughs_ = settings_.boroughs;
    for (u32 c = 0; c < borough_.size(); ++c) {
      borough_[c] = static_cast<u8>(c / settings_.cells_of_borough);
    }
  }
  Income income_of(const SeenRow& me) const { return static_cast<Income>(me[income]); }
  /// Until today, for who lives on something else from today on.
  Payments before(const SeenRow& me, const Month& month, Step now) const {
    return settled(settings_, purse(me), month, now, Savings::untouched);
  }
  void book(const ActRow& me, const Payments& p) const {
    const u32 government = government_of(settings_.sectors);
    me.count(payments_, payer(me), p.wages);
    me.count(payments_, government, p.benefits + p.pension);
    me.count(receipts_, government, p.taxes);
    me.count(receipts_, bank_of(settings_.sectors), p.spending);
    me.set(assets_, me[assets_] + p.change());
    const u32 borough = borough_[me[cell_]];
    count(me, borough, Transfer::wages, p.wages);
    count(me, borough, Transfer::taxes, p.taxes);
    count(me, borough, Transfer::benefits, p.benefits);
    count(me, borough, Transfer::pensions, p.pension);
    count(me, borough, Transfer::spending, p.spending);
    if (p.owed != 0) {
      me.set(owed, static_cast<u32>(me[owed] + p.owed));
    }
  }
  /// Single payments of the government, and what is spent of them.
  void book_singles(const Block<ActRow>& people, const SingleAmounts& amounts) const {
    const auto band = people[band_], cell = people[cell_];
    const auto has = people[assets_];
    std::array<i64, Block<ActRow>::most> after;
    i64 paid = 0, all_spent = 0;
    for (std::size_t k = 0; k < people.size(); ++k) {
      const i64 spent = spent_of(band[k], amounts.of(k));
      after[k] = has[k] + amounts.of(k) - spent;
      paid += amounts.of(k);
      all_spent += spent;
      if (amounts.of(k) != 0) {
        const u32 borough = borough_[cell[k]];
        count(people, borough, Transfer::spending, spent);
        count(people, borough, Transfer::stimulus, amounts.stimulus[k]);
        count(people, borough, Transfer::benefits, amounts.owed[k]);
      }
    }
    people.count(payments_, government_of(settings_.sectors), paid);
    people.count(receipts_, bank_of(settings_.sectors), all_spent);
    people.set(assets_, std::span(after.data(), people.size()));
  }
  /// What the bank gives adults at the start, of which nothing is spent at once.
  void book_endowments(const Block<ActRow>& people, std::span<const u8> age) const {
    std::array<i64, Block<ActRow>::most> after;
    i64 all_given = 0;
    for (std::size_t k = 0; k < people.size(); ++k) {
      const i64 given = endowment_of(age[k], people[band_][k]);
      after[k] = people[assets_][k] + given;
      all_given += given;
      count(people, borough_[people[cell_][k]], Transfer::endowment, given);
    }
    people.count(payments_, bank_of(settings_.sectors), all_given);
    people.set(assets_, std::span(after.data(), people.size()));
  }
  /// Pay follows the market one works in.
  void set_pay(const ActRow& me) const {
    if (me[market] == no_market) {
      return;
    }
    const u16 here = settings_.pay_in(me[market], me[band_]);
    if (here != me[pay]) {
      me.set(pay, here);
    }
  }

  Writes<u8> income;
  Writes<StoredStep> since;
  Writes<u16> pay;
  Writes<u32> owed;
  Reads<u16> market;

 private:
  template <class Counter>
  void count(const Counter& by, u32 borough, Transfer kind, i64 amount) const {
    by.count(transfers_, static_cast<u32>(kind) * boroughs_ + borough, amount);
  }
  i64 endowment_of(u8 age, u8 band) const {
    return age >= settings_.adult_from ? settings_.endowment[band] : 0;
  }
  u32 payer(const SeenRow& me) const {
    return me[market] == no_market ? world_of(settings_.sectors) : settings_.payer[me[market]];
  }
  Purse purse(const SeenRow& me) const {
    return {.income = income_of(me),
            .since = me[since],
            .pay = me[pay],
            .band = me[band_],
            .assets = me[assets_]};
  }
  i64 spent_of(u8 band, i64 amount) const {
    return part(settings_.spending.propensity[band], amount);
  }
  const MoneySettings& settings_;
  Writes<i64> assets_;
  Reads<u8> band_, cell_;
  AddsLater payments_, receipts_;
  Tallies transfers_;
  u32 boroughs_ = 1;
  std::array<u8, 256> borough_ = {};  // [cell]: a division for every payment would take longer
};

/// Settles those whose income changes today; begins with everybody on the first day.
class Changes final : public Behavior {
 public:
  explicit Changes(const MoneySettings& settings) : settings_(settings), books_(settings) {}
  std::string_view name() const override { return "labor.income_changes"; }
  std::string_view doc() const override {
    return "Who is hired, laid off, files a claim or dies is paid for the days before, and lives "
           "on something else from today on. On the first day adults get what they have.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    books_.bind(b);
    status_ = b.reads(labor::status);
    status_since_ = b.reads(labor::since);
    claim_filed_ = b.reads(labor::claim_filed);
    b.follows(claim_filed_);
    age_ = b.reads(person::age);
    health_ = b.reads(person::health);
  }
  void act(const Act& a) const override {
    const bool begins = a.now() == 1;  // nobody is owed anything for the days before
    if (begins) {
      a.for_each_block(all(), [&](const Block<ActRow>& people) {
        books_.book_endowments(people, people[age_]);
      });
    }
    const Month& month = settings_.month_at(a.now());
    each_change(a, [&](const ActRow& me) {
      if (!begins && books_.income_of(me) != Income::none) {
        books_.book(me, books_.before(me, month, a.now()));
      }
      live_on(me, next_income(me, a.now()), begins ? 0 : a.now());
    });
    // Until a claim is filed there is nothing to settle.
    a.for_each(due(claim_filed_), [&](const ActRow& me) {
      if (books_.income_of(me) == Income::none && out_of_work(me[status_]) && !dead(me)) {
        live_on(me, Income::claim, a.now());
      }
    });
  }

 private:
  static constexpr auto states =
      static_cast<u8>(1 + std::count(status_names.begin(), status_names.end(), ','));
  bool dead(const SeenRow& me) const { return me[health_] == died; }
  Income next_income(const SeenRow& me, Step now) const {
    return income_of(
        settings_, {me[health_], me[status_], me[age_], me[status_since_], me[claim_filed_]}, now);
  }
  void live_on(const ActRow& me, Income next, Step from) const {
    me.set(books_.income, static_cast<u8>(next));
    me.set(books_.since, next == Income::claim ? me[claim_filed_] : static_cast<StoredStep>(from));
    if (next == Income::wages) {
      books_.set_pay(me);
    }
  }
  /// body(row) once for everybody whose labor-force state changed today or who died. Who is out of
  /// work for another reason than before goes on with the same claim.
  template <class Body>
  void each_change(const Act& a, Body&& body) const {
    for (u8 s = 0; s < states; ++s) {
      a.for_each_if(
          entered(status_, s),
          [&](const SeenRow& me) {
            const Income before = books_.income_of(me);
            return before != Income::gone && !(before == Income::claim && out_of_work(s)) &&
                   !dead(me);
          },
          body);
    }
    a.for_each_if(
        entered(health_, died),
        [&](const SeenRow& me) { return books_.income_of(me) != Income::gone; }, body);
  }

  const MoneySettings& settings_;
  Books books_;
  Reads<u8> status_, age_, health_;
  Reads<StoredStep> status_since_, claim_filed_;
};

/// Children make themselves known to the first adult of their household on the day of a payment.
class Dependents final : public Behavior {
 public:
  explicit Dependents(const MoneySettings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.dependents"; }
  std::string_view doc() const override {
    return "On the day of a single payment the first member of a household, where it is an adult, "
           "learns for how many children it is paid.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    age_ = b.reads(person::age);
    position_ = b.reads(person::household_position);
    income_ = b.reads(labor::income);
    dependents_ = b.writes(dependents);
    tells_ = b.tells(child, person::kind);
    hears_ = b.hears(child, [this](const SeenRow& me, AgentId, u8) {
      return me[age_] >= settings_.adult_from && static_cast<Income>(me[income_]) != Income::gone;
    });
  }
  void observe(const Observe& o) const override {
    for (const Stimulus& s : settings_.stimulus) {
      if (s.on == o.now()) {
        o.for_each(all(), [&](const SeenRow& me) {
          if (me[age_] < s.child_below && me[position_] != 0 &&
              static_cast<Income>(me[income_]) != Income::gone) {
            o.tell(me, me.id() - me[position_], tells_, u8{1});
          }
        });
      }
    }
  }
  void act(const Act& a) const override {
    const auto today = [&](const Stimulus& s) { return s.on == a.now(); };
    if (std::any_of(settings_.stimulus.begin(), settings_.stimulus.end(), today)) {
      a.for_each(all(), [&](const ActRow& me) { me.set(dependents_, u8{0}); });
    }
    a.for_each_told(hears_, [&](const ActRow& me, std::span<const Told<u8>> children) {
      me.set(dependents_, static_cast<u8>(std::min<std::size_t>(255, children.size())));
    });
  }

 private:
  const MoneySettings& settings_;
  Reads<u8> age_, position_, income_;
  Writes<u8> dependents_;
  Tells<u8> tells_;
  Hears<u8> hears_;
};

/// Single payments, and benefits that were due earlier.
class SinglePayments final : public Behavior {
 public:
  explicit SinglePayments(const MoneySettings& settings) : settings_(settings), books_(settings) {}
  std::string_view name() const override { return "labor.single_payments"; }
  std::string_view doc() const override {
    return "On their dates adults get single payments for themselves and the children of the "
           "household, and benefits that were due earlier.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    books_.bind(b);
    age_ = b.reads(person::age);
    dependents_ = b.reads(dependents);
  }
  void act(const Act& a) const override {
    if (pays_at(a.now())) {
      a.for_each_block(all(), [&](const Block<ActRow>& people) {
        const SingleAmounts amounts = amounts_of(people, a.now());
        books_.book_singles(people, amounts);
        for (std::size_t k = 0; k < people.size(); ++k) {
          if (amounts.owed[k] != 0) {
            people.row(k).set(books_.owed, 0u);
          }
        }
      });
    }
  }

 private:
  bool pays_at(Step now) const {
    return settings_.benefits.owed_paid_on == now ||
           std::any_of(settings_.stimulus.begin(), settings_.stimulus.end(),
                       [&](const Stimulus& s) { return s.on == now; });
  }
  SingleAmounts amounts_of(const Block<ActRow>& people, Step now) const {
    SingleAmounts amounts;
    const auto on = people[books_.income], age = people[age_], children = people[dependents_];
    const auto pay = people[books_.pay];
    const auto due = people[books_.owed];
    const bool pays_owed = settings_.benefits.owed_paid_on == now;
    for (std::size_t k = 0; k < people.size(); ++k) {
      const bool alive = on[k] != static_cast<u8>(Income::gone);
      amounts.stimulus[k] = 0;
      amounts.owed[k] = pays_owed && alive ? i64{due[k]} : 0;
      for (const Stimulus& s : settings_.stimulus) {
        if (s.on == now && alive && age[k] >= s.adult_from) {
          amounts.stimulus[k] += stimulus_of(s, pay[k], children[k]);
        }
      }
    }
    return amounts;
  }

  const MoneySettings& settings_;
  Books books_;
  Reads<u8> age_, dependents_;
};

/// Where less is spent there is less work.
class Demand final : public Behavior {
 public:
  explicit Demand(const MoneySettings& settings) : settings_(settings) {}
  std::string_view name() const override { return "labor.demand"; }
  std::string_view doc() const override {
    return "At the end of a month the demand for work of a sector in the city falls with what is "
           "spent there.";
  }
  std::string_view kind() const override { return market_kind; }
  void bind(Binder& b) override {
    index_ = b.sees(account_kind, spending_index);
    lost_ = b.writes(demand_lost);
  }
  void act(const Act& a) const override {
    if (settings_.ends_month(a.now())) {
      a.for_each(all(), [&](const ActRow& me) {
        const u32 account = settings_.payer[me.row()];
        if (account < settings_.sectors) {
          const u32 lack = whole_index - std::min(whole_index, index_.at(account));
          me.set(lost_, static_cast<u32>(part(settings_.moves_demand, lack)));
        }
      });
    }
  }

 private:
  const MoneySettings& settings_;
  Sees<u32> index_;
  Writes<u32> lost_;
};

}  // namespace

// ---- put together -------------------------------------------------------------------------------

void populate(Population& population, const MoneySettings& settings) {
  Kind& people = population.kind(person::kind);
  const auto health = people.values(person::health), state = people.values(status);
  const auto age = people.values(person::age), band = people.values(person::income_band);
  const auto became = people.values(since), filed = people.values(claim_filed);
  const auto in = people.values(market);
  const auto on = people.values(income);
  const auto on_since = people.values(income_since);
  const auto pay = people.values(weekly_pay);
  const Slices slices = people.slices();
  parallel_for(slices.count(), people.rows(), [&](std::size_t slice) {
    const auto [begin, end] = slices.range(static_cast<u32>(slice));
    for (Row r = begin; r < end; ++r) {
      const Income first =
          income_of(settings, {health[r], state[r], age[r], became[r], filed[r]}, 1);
      // Everybody has been what they are since the run began, or longer.
      on[r] = static_cast<u8>(first);
      on_since[r] = first == Income::claim ? filed[r] : StoredStep{0};
      pay[r] = in[r] == no_market ? u16{0} : settings.pay_in(in[r], band[r]);
    }
  });
  population.add_kind(std::string(account_kind),
                      Partition::replicated(static_cast<AgentId>(settings.accounts())));
}

void add_money_to(Simulation& simulation, std::shared_ptr<const MoneySettings> settings) {
  const MoneySettings& s = *settings;
  simulation.keep(settings);
  // Months end after changes of today, so that nobody is paid twice for a day.
  simulation.add_substep("income", std::make_unique<Changes>(s));
  simulation.add_substep("accounts of income",
                         std::make_unique<Accounts>(s, "labor.accounts_of_changes", false));
  simulation.add_substep("month", std::make_unique<MonthEnd>(s));
  simulation.add_substep("accounts of the month",
                         std::make_unique<Accounts>(s, "labor.accounts_of_months", true));
  if (s.moves_demand > 0) {
    simulation.add_substep("demand", std::make_unique<Demand>(s));
  }
  // Also where nothing is paid: a branch may pay, or not, from the same state.
  simulation.add_substep("dependents", std::make_unique<Dependents>(s));
  simulation.add_substep("single_payments", std::make_unique<SinglePayments>(s));
  simulation.add_substep("accounts of single payments",
                         std::make_unique<Accounts>(s, "labor.accounts_of_payments", false));
}

}  // namespace throng::labor
