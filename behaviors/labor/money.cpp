#include "behaviors/labor/money.h"

#include <algorithm>

#include "behaviors/labor/accounts.h"
#include "behaviors/person/columns.h"

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

/// The columns of a person's purse, and both ways to book a payment.
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
    payments_ = b.adds(payments, account_kind);
    receipts_ = b.adds(receipts, account_kind);
    transfers_ = b.tallies(transfers, transfer_kinds * settings_.boroughs);
    owed = b.writes(labor::owed);
    boroughs_ = settings_.boroughs;
    for (u32 c = 0; c < borough_.size(); ++c) {
      borough_[c] = static_cast<u8>(c / settings_.cells_of_borough);
    }
  }
  Income income_of(const SeenRow& me) const { return static_cast<Income>(me[income]); }
  u8 band_of(const SeenRow& me) const { return me[band_]; }
  i64 assets_of(const SeenRow& me) const { return me[assets_]; }
  /// Until today, for who lives on something else from today on.
  Payments before(const SeenRow& me, const Month& month, Step now) const {
    return settled(settings_, purse(me), month, now, Savings::untouched);
  }
  /// With today, the last day of a month.
  Payments all_of(const SeenRow& me, const Month& month) const {
    return settled(settings_, purse(me), month, month.end, Savings::spent_from);
  }
  /// The accounts' side.
  void tell(const Observe& o, const SeenRow& me, const Payments& p) const {
    const u32 government = government_of(settings_.sectors);
    o.add(me, payments_, payer(me), p.wages);
    o.add(me, payments_, government, p.benefits + p.pension);
    o.add(me, receipts_, government, p.taxes);
    spend(o, me, p.spending);
  }
  /// A single payment, and what is spent of it.
  void tell_single(const Observe& o, const SeenRow& me, u32 from, i64 amount) const {
    o.add(me, payments_, from, amount);
    spend(o, me, spending_of(me, amount));
  }
  /// The person's side.
  void book(const ActRow& me, const Payments& p) const {
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
  void book_single(const ActRow& me, i64 amount) const {
    const i64 spent = spending_of(me, amount);
    me.set(assets_, me[assets_] + amount - spent);
    count(me, Transfer::spending, spent);
  }
  void count(const ActRow& me, Transfer kind, i64 amount) const {
    count(me, borough_[me[cell_]], kind, amount);
  }
  /// What the bank gives at the start, of which nothing is spent at once.
  void tell_endowment(const Observe& o, const SeenRow& me, i64 amount) const {
    o.add(me, payments_, bank_of(settings_.sectors), amount);
  }
  void book_endowment(const ActRow& me, i64 amount) const {
    me.set(assets_, me[assets_] + amount);
    count(me, Transfer::endowment, amount);
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
  void count(const ActRow& me, u32 borough, Transfer kind, i64 amount) const {
    me.count(transfers_, static_cast<u32>(kind) * boroughs_ + borough, amount);
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
  i64 spending_of(const SeenRow& me, i64 amount) const {
    return part(settings_.spending.propensity[me[band_]], amount);
  }
  void spend(const Observe& o, const SeenRow& me, i64 amount) const {
    o.add(me, receipts_, bank_of(settings_.sectors), amount);
  }
  const MoneySettings& settings_;
  Writes<i64> assets_;
  Reads<u8> band_, cell_;
  Adds payments_, receipts_;
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
           "on something else from today on. On the first day people get what they have.";
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
  void observe(const Observe& o) const override {
    if (o.now() == 1) {
      o.for_each(all(), [&](const SeenRow& me) {
        if (endowment(me) != 0) {
          books_.tell_endowment(o, me, endowment(me));
        }
      });
      return;
    }
    const Month& month = settings_.month_at(o.now());
    each_change(o,
                [&](const SeenRow& me) { books_.tell(o, me, books_.before(me, month, o.now())); });
  }
  void act(const Act& a) const override {
    if (a.now() == 1) {
      a.for_each(all(), [&](const ActRow& me) { begin(me, a.now()); });
      return;
    }
    const Month& month = settings_.month_at(a.now());
    each_change(a, [&](const ActRow& me) {
      books_.book(me, books_.before(me, month, a.now()));
      live_on(me, next_income(me, a.now()), a.now());
    });
    // Until a claim is filed there is nothing to settle.
    a.for_each(due(claim_filed_), [&](const ActRow& me) {
      if (books_.income_of(me) == Income::none && out_of_work(me) && !dead(me)) {
        live_on(me, Income::claim, a.now());
      }
    });
  }

 private:
  static constexpr auto died = static_cast<u8>(person::Health::dead);
  static constexpr auto states =
      static_cast<u8>(1 + std::count(status_names.begin(), status_names.end(), ','));
  bool dead(const SeenRow& me) const { return me[health_] == died; }
  bool out_of_work(const SeenRow& me) const {
    const auto status = static_cast<Status>(me[status_]);
    return status != Status::outside && status != Status::employed;
  }
  i64 endowment(const SeenRow& me) const {
    return me[age_] >= settings_.adult_from ? settings_.endowment[books_.band_of(me)] : 0;
  }
  Income next_income(const SeenRow& me, Step now) const {
    if (dead(me)) {
      return Income::gone;
    }
    if (static_cast<Status>(me[status_]) == Status::employed) {
      return Income::wages;
    }
    if (out_of_work(me)) {
      const Step filed = me[claim_filed_];
      // One of an earlier spell is over.
      return filed <= now && filed >= me[status_since_] ? Income::claim : Income::none;
    }
    return me[age_] >= settings_.pension_from ? Income::pension : Income::none;
  }
  void live_on(const ActRow& me, Income next, Step now) const {
    me.set(books_.income, static_cast<u8>(next));
    me.set(books_.since, next == Income::claim && me[claim_filed_] <= now
                             ? me[claim_filed_]
                             : static_cast<StoredStep>(now));
    if (next == Income::wages) {
      books_.set_pay(me);
    }
  }
  /// Everybody has been what they are since the run began, or longer.
  void begin(const ActRow& me, Step now) const {
    if (endowment(me) != 0) {
      books_.book_endowment(me, endowment(me));
    }
    books_.set_pay(me);
    const Income first = next_income(me, now);
    live_on(me, first, now);
    if (first != Income::claim) {
      me.set(books_.since, StoredStep{0});
    }
  }
  /// body(row) once for everybody whose labor-force state changed today or who died. Who is out of
  /// work for another reason than before goes on with the same claim.
  template <class Phase, class Body>
  void each_change(const Phase& phase, Body&& body) const {
    const auto in_state = [&](const auto& me) {
      const Income before = books_.income_of(me);
      if (before != Income::gone && !dead(me) && !(before == Income::claim && out_of_work(me))) {
        body(me);
      }
    };
    for (u8 s = 0; s < states; ++s) {
      phase.for_each(entered(status_, s), in_state);
    }
    phase.for_each(entered(health_, died), [&](const auto& me) {
      if (books_.income_of(me) != Income::gone) {
        body(me);
      }
    });
  }

  const MoneySettings& settings_;
  Books books_;
  Reads<u8> status_, age_, health_;
  Reads<StoredStep> status_since_, claim_filed_;
};

/// Pays everybody on the last day of a month.
class MonthEnd final : public Behavior {
 public:
  explicit MonthEnd(const MoneySettings& settings) : settings_(settings), books_(settings) {}
  std::string_view name() const override { return "labor.month"; }
  std::string_view doc() const override {
    return "On the last day of a month wages, benefits and pensions are paid, taxes are withheld, "
           "and a part of income and savings is spent.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override { books_.bind(b); }
  void observe(const Observe& o) const override {
    if (settings_.ends_month(o.now())) {
      const Month& month = settings_.month_at(o.now());
      o.for_each(all(), [&](const SeenRow& me) {
        if (has_any(me)) {
          books_.tell(o, me, books_.all_of(me, month));
        }
      });
    }
  }
  void act(const Act& a) const override {
    if (settings_.ends_month(a.now())) {
      const Month& month = settings_.month_at(a.now());
      a.for_each(all(), [&](const ActRow& me) {
        if (has_any(me)) {
          books_.book(me, books_.all_of(me, month));
          if (books_.income_of(me) == Income::wages) {
            books_.set_pay(me);  // who went to another market without a day between
          }
        }
      });
    }
  }

 private:
  bool has_any(const SeenRow& me) const {
    const Income income = books_.income_of(me);
    return income != Income::gone && (income != Income::none || books_.assets_of(me) != 0);
  }
  const MoneySettings& settings_;
  Books books_;
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
  void observe(const Observe& o) const override {
    each_payment(o, [&](const SeenRow& me, const Amounts& a) {
      books_.tell_single(o, me, government_of(settings_.sectors), a.stimulus + a.owed);
    });
  }
  void act(const Act& a) const override {
    each_payment(a, [&](const ActRow& me, const Amounts& amounts) {
      books_.book_single(me, amounts.stimulus + amounts.owed);
      books_.count(me, Transfer::stimulus, amounts.stimulus);
      books_.count(me, Transfer::benefits, amounts.owed);
      if (amounts.owed != 0) {
        me.set(books_.owed, 0u);
      }
    });
  }

 private:
  struct Amounts {
    i64 stimulus = 0, owed = 0;
  };
  template <class Phase, class Body>
  void each_payment(const Phase& phase, Body&& body) const {
    std::vector<const Stimulus*> today;
    for (const Stimulus& s : settings_.stimulus) {
      if (s.on == phase.now()) {
        today.push_back(&s);
      }
    }
    const bool pays_owed = settings_.benefits.owed_paid_on == phase.now();
    if (today.empty() && !pays_owed) {
      return;
    }
    phase.for_each(all(), [&](const auto& me) {
      if (books_.income_of(me) == Income::gone) {
        return;
      }
      Amounts amounts;
      for (const Stimulus* s : today) {
        amounts.stimulus +=
            me[age_] >= s->adult_from ? stimulus_of(*s, me[books_.pay], me[dependents_]) : 0;
      }
      amounts.owed = pays_owed ? i64{me[books_.owed]} : 0;
      if (amounts.stimulus + amounts.owed != 0) {
        body(me, amounts);
      }
    });
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

void add_accounts(Population& population, const MoneySettings& settings) {
  population.add_kind(std::string(account_kind),
                      Partition::replicated(static_cast<AgentId>(settings.accounts())));
}

void add_money_to(Simulation& simulation, std::shared_ptr<const MoneySettings> settings) {
  const MoneySettings& s = *settings;
  simulation.keep(settings);
  // Months end after changes of today, so that nobody is paid twice for a day.
  simulation.add_substep("income", std::make_unique<Changes>(s),
                         std::make_unique<Accounts>(s, "labor.accounts_of_changes", false));
  simulation.add_substep("month", std::make_unique<MonthEnd>(s),
                         std::make_unique<Accounts>(s, "labor.accounts_of_months", true));
  if (s.moves_demand > 0) {
    simulation.add_substep("demand", std::make_unique<Demand>(s));
  }
  // Also where nothing is paid: a branch may pay, or not, from the same state.
  simulation.add_substep("dependents", std::make_unique<Dependents>(s));
  simulation.add_substep("single_payments", std::make_unique<SinglePayments>(s),
                         std::make_unique<Accounts>(s, "labor.accounts_of_payments", false));
}

}  // namespace throng::labor
