#include "sim/simulation.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>

namespace throng {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class T>
void add_once(std::vector<T>& list, std::type_identity_t<T> item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) {
    list.push_back(std::move(item));
  }
}

}  // namespace

i64 LabelCounts::count_of(u32 label) const {
  return std::accumulate(count.begin() + label * cells, count.begin() + (label + 1) * cells,
                         i64{0});
}
i64 LabelCounts::entries_of(u32 label) const {
  return std::accumulate(entries.begin() + label * cells, entries.begin() + (label + 1) * cells,
                         i64{0});
}

struct Simulation::Bound {
  std::unique_ptr<Behavior> behavior;
  Kind* kind = nullptr;
  std::vector<Touch> touches = {};
  double seconds = 0;
};

struct Simulation::Substep {
  std::string name;
  std::vector<Bound> behaviors;
  std::vector<DateIndex*> prepares;
  std::vector<MailboxBase*> delivers, consumes;
  std::vector<Kind::Entry*> found;
  std::vector<std::pair<Ghosts*, GhostColumn*>> renews;
  std::map<KindTag, Turnover*> turnovers = {};
  /// Cell lists made before this substep.
  struct Renewal {
    CellLists* lists;
    bool with_copies = false;
    std::vector<SeenColumn*> columns = {};
  };
  std::vector<Renewal> renewals = {};
  Renewal& renewal(CellLists* lists) {
    for (Renewal& r : renewals) {
      if (r.lists == lists) {
        return r;
      }
    }
    return renewals.emplace_back(Renewal{.lists = lists});
  }
  std::vector<CellLists*> moves = {};  ///< of kinds whose rows may be elsewhere after it
  std::vector<std::string> sums = {}, later_sums = {};  ///< added to in observe, in act
  double delivery = 0, turnover = 0;
};

Simulation::Simulation(Communicator world, Population population, SimulationOptions options)
    : world_(world), population_(std::move(population)), options_(options), chance_(options.seed) {}
Simulation::~Simulation() = default;

void Simulation::add_substep(std::string name, std::vector<std::unique_ptr<Behavior>> behaviors) {
  ensures(!started_, "substeps are added before start()");
  Substep s;
  s.name = std::move(name);
  for (auto& b : behaviors) {
    s.behaviors.push_back({.behavior = std::move(b)});
  }
  substeps_.push_back(std::move(s));
}

void Simulation::add_recorder(std::unique_ptr<Recorder> recorder) {
  recorders_.push_back(std::move(recorder));
}

void Simulation::bind(Substep& substep) {
  const auto at =
      static_cast<std::size_t>(std::find_if(substeps_.begin(), substeps_.end(),
                                            [&](const Substep& s) { return &s == &substep; }) -
                               substeps_.begin());
  for (std::size_t i = 0; i < substep.behaviors.size(); ++i) {
    Bound& b = substep.behaviors[i];
    b.kind = &population_.kind(b.behavior->kind());
    Binder binder(*this, at, i);
    b.behavior->bind(binder);
  }
  for (const Access& a : access_) {
    for (const Access& b : access_) {
      // By number: two behaviors of one name are two writers, two substeps of one name are not one.
      const bool clash =
          a.substep_number == at && b.substep_number == at &&
          a.behavior_number < b.behavior_number && a.kind == b.kind && a.column == b.column &&
          (a.how == "writes" || a.how == "decides" || a.how == "finds") && a.how == b.how;
      if (clash) {
        throw ContractError(
            "substep '" + a.substep + "': behaviors '" + a.behavior + "' and '" + b.behavior +
            "' both write column '" + a.column +
            "' (the result would depend on their order). Put them into different substeps.");
      }
    }
  }
}

void Simulation::start(const Past* past) {
  ensures(!started_, "a simulation starts once");
  started_ = true;
  networks_ = population_.all_groups();
  for (const auto& plane : population_.planes()) {
    auto& territory = territories_[plane->name];
    u64 rows = 0;
    for (const auto& placed : plane->placed) {
      rows += placed.kind->partition().total();
    }
    territory = std::make_unique<Territory>(plane->space, world_.size(), world_.rank(), rows);
    for (const auto& [kind, x, y] : plane->placed) {
      territory->add(*kind, *kind->find(x)->store, *kind->find(y)->store);
    }
  }
  for (Substep& s : substeps_) {
    bind(s);
  }
  check_wiring();
  if (past != nullptr) {
    now_ = past->step();
    past->check(population_);
    for (const auto& k : population_.kinds()) {
      past->fill(*k);
    }
  }
  for (const auto& k : population_.kinds()) {
    k->settle(world_);
  }
  // In order of kinds and names: every rank the same.
  for (const auto& k : population_.kinds()) {
    if (const auto g = ghosts_.find(k.get()); g != ghosts_.end()) {
      g->second->settle(world_);
    }
  }
  for (const auto& [name, sight] : sights_) {
    sight->settle();
  }
  for (const auto& k : population_.kinds()) {
    k->rebuild(now_ + 1);
  }
  for (const auto& [name, territory] : territories_) {
    find_moves(*territory);
    territory->settle(world_);
  }
  if (past != nullptr) {
    set_totals(past->numbers());
  }
  reduce();
  if (past != nullptr) {
    set_counts_of_step(past->numbers());
  }
  for (const auto& r : recorders_) {
    r->begin(*this);
  }
}

namespace {
// Numbers that are part of the state, by what they count.
constexpr std::string_view totals = "total ", sums_told = "sum ", got_label = "entered ",
                           came_due = "due ", births = "born ", deaths = "died ";
using Numbers = std::map<std::string, std::vector<i64>>;

std::string named(std::string_view what, std::string_view of) {
  return std::string(what) + std::string(of);
}

const std::vector<i64>& number_of(const Numbers& numbers, std::string_view what,
                                  std::string_view of, std::size_t size) {
  const auto at = numbers.find(named(what, of));
  ensures(at != numbers.end() && at->second.size() == size,
          "the past of a run has the counts of its behaviors");
  return at->second;
}
}  // namespace

std::map<std::string, std::vector<i64>> Simulation::numbers() const {
  for (const auto& [name, box] : mailboxes_) {
    std::size_t told = 0, heard = 0;
    for (std::size_t s = 0; s < substeps_.size(); ++s) {
      const auto in = [&box = box](const std::vector<MailboxBase*>& list) {
        return std::find(list.begin(), list.end(), box.get()) != list.end();
      };
      told = in(substeps_[s].delivers) ? s : told;
      heard = in(substeps_[s].consumes) ? s : heard;
    }
    if (told > heard) {
      throw ContractError("observation '" + name + "' is told in substep '" + substeps_[told].name +
                          "' and heard in '" + substeps_[heard].name +
                          "' of the next step (messages that wait between steps are in no "
                          "checkpoint). Hear it in the step in which it is told.");
    }
  }
  Numbers all;
  for (const auto& [name, total] : tally_totals_) {
    all[named(totals, name)] = total;
  }
  for (const auto& [name, sum] : sums_) {
    all[named(sums_told, name)] = sum.values;
  }
  for (const auto& [name, counts] : label_counts_) {
    all[named(got_label, name)] = counts.entries;
  }
  for (const auto& [name, counts] : date_counts_) {
    all[named(came_due, name)] = counts.entries;
  }
  for (const auto& [tag, turnover] : turnovers_) {
    all[named(births, turnover->kind().name())] = {static_cast<i64>(turnover->born())};
    all[named(deaths, turnover->kind().name())] = {static_cast<i64>(turnover->died())};
  }
  return all;
}

void Simulation::set_totals(const Numbers& numbers) {
  for (auto& [name, store] : tallies_) {
    const auto at = numbers.find(named(totals, name));
    ensures(at != numbers.end(), "the past of a run has the counts of its behaviors");
    std::vector<i64> total = at->second;
    // A branch may be shorter or longer than its parent, and so may be what it counts by day.
    const auto beyond =
        total.begin() + static_cast<i64>(std::min<std::size_t>(total.size(), store->size()));
    if (std::any_of(beyond, total.end(), [](i64 count) { return count != 0; })) {
      throw InputError("tally '" + std::string(name) + "' has room for " +
                       std::to_string(store->size()) +
                       " counts (its past has more: " + std::to_string(total.size()) +
                       "). Leave what gives it its length as it was.");
    }
    total.resize(store->size(), 0);
    store->set(world_.rank() == 0 ? total : std::vector<i64>(total.size(), 0));
  }
  for (auto& [name, sum] : sums_) {
    sum.values = number_of(numbers, sums_told, name, sum.values.size());
  }
  for (auto& [tag, turnover] : turnovers_) {
    const std::string& kind = turnover->kind().name();
    turnover->go_on_from(static_cast<u64>(number_of(numbers, births, kind, 1)[0]),
                         static_cast<u64>(number_of(numbers, deaths, kind, 1)[0]));
  }
}

void Simulation::set_counts_of_step(const Numbers& numbers) {
  for (auto& [name, counts] : label_counts_) {
    counts.entries = number_of(numbers, got_label, name, counts.entries.size());
  }
  for (auto& [name, counts] : date_counts_) {
    counts.entries = number_of(numbers, came_due, name, counts.entries.size());
  }
}

void Simulation::recorded(Keeper& keeper) {
  for (const auto& r : recorders_) {
    r->keep(keeper);
  }
}

void Simulation::check_wiring() const {
  for (const auto& [name, box] : mailboxes_) {
    const MailboxBase* told = box.get();
    const auto in = [&](const std::vector<MailboxBase*>& list) {
      return std::find(list.begin(), list.end(), told) != list.end();
    };
    const bool tells = std::any_of(substeps_.begin(), substeps_.end(),
                                   [&](const Substep& s) { return in(s.delivers); });
    const bool hears = std::any_of(substeps_.begin(), substeps_.end(),
                                   [&](const Substep& s) { return in(s.consumes); });
    if (tells && !hears) {
      throw ContractError("observation '" + name +
                          "' is told but no behavior hears it (its messages would pile up). Add a "
                          "behavior that does.");
    }
  }
  const auto also = [&](const Access& a, std::string_view how) {
    return std::any_of(access_.begin(), access_.end(), [&](const Access& b) {
      return b.substep_number == a.substep_number && b.kind == a.kind && b.column == a.column &&
             b.how == how;
    });
  };
  for (const Access& a : access_) {
    const Kind::Entry* e = a.how == "reads" ? population_.kind(a.kind).find(a.column) : nullptr;
    if (e != nullptr && e->store->info().role == Role::finding && !also(a, "finds")) {
      throw ContractError("substep '" + a.substep + "': behavior '" + a.behavior +
                          "' reads the finding '" + a.column +
                          "' that no behavior of the substep finds (it is forgotten when its "
                          "substep ends). Find it here, or keep it in a state.");
    }
    if ((a.how == "claims" && !also(a, "grants")) || (a.how == "grants" && !also(a, "claims"))) {
      throw ContractError("substep '" + a.substep + "': behavior '" + a.behavior + "' " + a.how +
                          " places of '" + a.column + "' and no other behavior of the substep " +
                          (a.how == "claims" ? "grants" : "claims") +
                          " them (winner and target each change themselves in the same act). Add "
                          "the behavior.");
    }
  }
  check_comings();
  std::map<std::string_view, const Kind*> counted;
  std::vector<std::string_view> labeled;
  for (const auto& k : population_.kinds()) {
    for (const auto& e : k->columns()) {
      const ColumnInfo& info = e->store->info();
      if (!k->replicated() && (info.indexed || info.timer) &&
          !counted.emplace(info.name, k.get()).second) {
        throw ContractError(
            "column '" + std::string(info.name) + "' is indexed in two kinds, '" +
            counted[info.name]->name() + "' and '" + k->name() +
            "' (counts are asked for by its name alone). Give each kind a column of its own.");
      }
      if (!k->replicated() && info.indexed) {
        labeled.push_back(info.name);
      }
    }
  }
  for (const auto& [name, counts] : label_counts_) {
    if (std::find(labeled.begin(), labeled.end(), name) == labeled.end()) {
      throw ContractError("counts of column '" + name +
                          "' are asked for (they are kept of indexed columns of owned kinds only). "
                          "Index the column.");
    }
  }
}

void Simulation::find_moves(const Territory& territory) {
  for (const auto& lists : territory.kinds()) {
    const auto moves = [&](const Access& a) {
      return a.kind == lists->kind().name() &&
             (a.how == "bears" ||
              (a.how == "writes" && (a.column == lists->x_column().info().name ||
                                     a.column == lists->y_column().info().name)));
    };
    for (std::size_t at = 0; at < substeps_.size(); ++at) {
      if (std::any_of(access_.begin(), access_.end(),
                      [&](const Access& a) { return a.substep_number == at && moves(a); })) {
        substeps_[at].moves.push_back(lists.get());
      }
    }
  }
}

void Simulation::check_comings() const {
  for (const auto& [name, box] : mailboxes_) {
    const MailboxBase* told = box.get();
    for (const Substep& s : substeps_) {
      const auto in = [&](const std::vector<MailboxBase*>& list) {
        return std::find(list.begin(), list.end(), told) != list.end();
      };
      if (told->to().listed() && in(s.delivers) && !in(s.consumes)) {
        throw ContractError("substep '" + s.name + "': observation '" + name +
                            "' is told to rows of kind '" + told->to().name() +
                            "' and not heard in the same substep (its rows come, go and move when "
                            "the substep ends, and messages do not follow). Hear it here.");
      }
    }
  }
}

template <class F>
void Simulation::timed(const Substep& s, Bound& b, std::string_view phase, bool watched, F&& f) {
  if (watched && options_.tracer != nullptr) {
    options_.tracer->begin(now_, s.name, b.behavior->name(), phase);
  }
  const double t = seconds();
  f();
  b.seconds += seconds() - t;
}

void Simulation::step() {
  ++now_;
  ensures(now_ <= last_step, "a run has at most 65,534 steps");
  for (Substep& s : substeps_) {
    run(s);
  }
  for (const auto& [name, territory] : territories_) {
    territory->rebalance(world_, now_);
  }
  reduce();
  for (const auto& r : recorders_) {
    r->step(*this);
  }
  for (const auto& k : population_.kinds()) {
    k->end_step();
  }
}

void Simulation::finish() {
  for (const auto& r : recorders_) {
    r->end(*this);
  }
}

void Simulation::run(Substep& s) {
  for (DateIndex* d : s.prepares) {
    d->prepare(now_);
  }
  const double began = seconds();
  for (const auto& [ghosts, column] : s.renews) {
    ghosts->refresh(world_, *column);
  }
  for (const Substep::Renewal& r : s.renewals) {
    r.lists->renew(world_, r.with_copies, r.columns);
  }
  s.delivery += seconds() - began;
  observe(s);
  const double t = seconds();
  for (MailboxBase* m : s.delivers) {
    m->deliver(world_, options_.shuffle_messages);
  }
  deliver(s.sums);
  s.delivery += seconds() - t;
  decide(s);
  act(s);
  const double acted = seconds();
  deliver(s.later_sums);
  s.delivery += seconds() - acted;
  for (MailboxBase* m : s.consumes) {
    m->consume();
  }
  for (Kind::Entry* finding : s.found) {
    Kind::forget(*finding);
  }
  for (DateIndex* d : s.prepares) {
    d->close();
  }
  const double ended = seconds();
  renew_rows(s);
  s.turnover += seconds() - ended;
}

void Simulation::renew_rows(Substep& s) {
  // In order of kinds: every rank the same.
  for (const auto& [tag, turnover] : s.turnovers) {
    turnover->apply(world_, options_.tracer);
  }
  for (CellLists* lists : s.moves) {
    lists->migrate(world_);
  }
  std::set<KindTag> changed;
  for (const auto& [tag, turnover] : s.turnovers) {
    changed.insert(tag);
  }
  for (const CellLists* lists : s.moves) {
    changed.insert(lists->kind().tag());
  }
  for (const KindTag tag : changed) {
    population_.kinds()[tag]->announce(world_);
  }
}

void Simulation::deliver(const std::vector<std::string>& sums) {
  for (const std::string& name : sums) {
    SumState& sum = sums_.find(name)->second;
    const auto mine = sum.store->total();
    sum.values.assign(mine.begin(), mine.end());
    sum.store->set(std::vector<i64>(sum.values.size(), 0));
    world_.sum(std::span<i64>(sum.values));
  }
}

void Simulation::forget(const std::vector<std::string>& sums) {
  for (const std::string& name : sums) {
    TallyStore& store = *sums_.find(name)->second.store;
    store.set(std::vector<i64>(store.size(), 0));
  }
}

void Simulation::observe(Substep& s) {
  const auto once = [&](bool reversed) {
    Tracer* const tracer = reversed ? nullptr : options_.tracer;
    for (MailboxBase* m : s.delivers) {
      m->watch(tracer);
    }
    for (std::size_t i = 0; i < s.behaviors.size(); ++i) {
      Bound& b = s.behaviors[reversed ? s.behaviors.size() - 1 - i : i];
      const Observe phase(*b.kind, now_, draws_, chance_, reversed, tracer, b.touches);
      timed(s, b, "observe", !reversed, [&] { b.behavior->observe(phase); });
    }
  };
  const auto heard = [&] {
    std::vector<u64> h;
    for (MailboxBase* m : s.delivers) {
      h.push_back(m->queued_hash());
    }
    for (const std::string& name : s.sums) {
      for (const i64 v : sums_.find(name)->second.store->total()) {
        h.push_back(static_cast<u64>(v));
      }
    }
    for (const auto& k : population_.kinds()) {
      h.push_back(k->finding_hash());
    }
    return h;
  };
  if (options_.check_order) {
    once(true);
    const auto expected = heard();
    for (MailboxBase* m : s.delivers) {
      m->drop_queued();
    }
    forget(s.sums);
    for (Kind::Entry* finding : s.found) {
      Kind::forget(*finding);
    }
    once(false);
    ensures(heard() == expected,
            "observe tells and finds the same in any order of rows and behaviors");
    return;
  }
  once(false);
}

void Simulation::decide(Substep& s) {
  const auto once = [&](bool reversed) {
    for (std::size_t i = 0; i < s.behaviors.size(); ++i) {
      Bound& b = s.behaviors[reversed ? s.behaviors.size() - 1 - i : i];
      const Decide phase(*b.kind, now_, draws_, chance_, reversed,
                         reversed ? nullptr : options_.tracer, b.touches);
      timed(s, b, "decide", !reversed, [&] { b.behavior->decide(phase); });
    }
  };
  if (options_.check_order) {
    const auto before = snapshot();
    once(true);
    const u64 expected = population_.content_hash(0);
    restore(before);
    once(false);
    ensures(population_.content_hash(0) == expected,
            "decide decides the same in any order of rows and behaviors");
    return;
  }
  once(false);
}

void Simulation::act(Substep& s) {
  const auto once = [&](bool reversed) {
    for (std::size_t i = 0; i < s.behaviors.size(); ++i) {
      Bound& b = s.behaviors[reversed ? s.behaviors.size() - 1 - i : i];
      const Act phase(*b.kind, now_, draws_, chance_, reversed,
                      reversed ? nullptr : options_.tracer, b.touches,
                      static_cast<u32>(reversed ? s.behaviors.size() - 1 - i : i));
      timed(s, b, "act", !reversed, [&] { b.behavior->act(phase); });
    }
  };
  if (options_.check_order) {
    const auto before = snapshot();
    std::map<std::string, TallyStore, std::less<>> tallies;
    for (const auto& [name, store] : tallies_) {
      tallies.emplace(name, *store);
    }
    for (auto& [name, store] : events_) {
      store->pause(true);
    }
    const auto outcome = [&] {
      std::vector<i64> all = {static_cast<i64>(population_.content_hash(0))};
      for (const auto& [name, store] : tallies_) {
        const auto total = store->total();
        all.insert(all.end(), total.begin(), total.end());
      }
      for (const std::string& name : s.later_sums) {
        const auto total = sums_.find(name)->second.store->total();
        all.insert(all.end(), total.begin(), total.end());
      }
      for (const auto& [tag, turnover] : s.turnovers) {
        all.push_back(static_cast<i64>(turnover->asked_hash()));
      }
      return all;
    };
    once(true);
    const auto expected = outcome();
    restore(before);
    for (const auto& [tag, turnover] : s.turnovers) {
      turnover->forget();
    }
    for (auto& [name, store] : tallies) {
      *tallies_.find(name)->second = store;
    }
    forget(s.later_sums);
    for (auto& [name, store] : events_) {
      store->pause(false);
    }
    once(false);
    ensures(outcome() == expected,
            "act acts and counts the same, with the same births and deaths, in any order of rows");
    return;
  }
  once(false);
}

std::vector<Kind::Snapshot> Simulation::snapshot() const {
  std::vector<Kind::Snapshot> all;
  for (const auto& k : population_.kinds()) {
    all.push_back(k->snapshot());
  }
  return all;
}

void Simulation::restore(const std::vector<Kind::Snapshot>& all) {
  for (std::size_t k = 0; k < all.size(); ++k) {
    population_.kinds()[k]->restore(all[k]);
  }
}

void Simulation::reduce() {
  std::vector<i64> all;
  const auto append = [&](std::span<const i64> v) { all.insert(all.end(), v.begin(), v.end()); };
  all.push_back(static_cast<i64>(population_.content_hash(world_.rank())));
  for (const auto& k : population_.kinds()) {
    k->tally();
    for (const auto& e : k->columns()) {
      if (!k->replicated() && e->labels) {
        append(e->labels->counts());
        append(e->labels->entries());
      }
      if (!k->replicated() && e->dates) {
        append(e->dates->entries());
      }
    }
  }
  for (auto& [name, store] : tallies_) {
    append(store->total());
  }
  world_.sum(std::span<i64>(all));

  std::size_t at = 0;
  const auto take = [&](std::vector<i64>& v, std::size_t n) {
    v.assign(all.begin() + static_cast<std::ptrdiff_t>(at),
             all.begin() + static_cast<std::ptrdiff_t>(at + n));
    at += n;
  };
  content_hash_ = static_cast<u64>(all[at++]);
  for (const auto& k : population_.kinds()) {
    for (const auto& e : k->columns()) {
      const std::string_view name = e->store->info().name;
      if (!k->replicated() && e->labels) {
        LabelCounts& c = label_counts_[std::string(name)];
        c.column = name;
        c.labels = e->labels->labels();
        c.cells = e->labels->cells();
        take(c.count, e->labels->counts().size());
        take(c.entries, e->labels->entries().size());
      }
      if (!k->replicated() && e->dates) {
        DateCounts& c = date_counts_[std::string(name)];
        c.column = name;
        take(c.entries, e->dates->entries().size());
      }
    }
  }
  for (auto& [name, store] : tallies_) {
    take(tally_totals_[name], store->size());
  }
}

u64 Simulation::full_hash() {
  for (const auto& k : population_.kinds()) {
    if (k->replicated()) {
      // Counted on rank 0 alone: the others have to have the same.
      const auto here = static_cast<i64>(k->full_hash());
      ensures(world_.maximum(here) == here, "replicated rows are the same on every rank");
    }
  }
  u64 h = population_.full_hash(world_.rank());
  world_.sum(std::span<u64>(&h, 1));
  return h;
}

const LabelCounts& Simulation::counts(std::string_view column) const {
  const auto it = label_counts_.find(column);
  ensures(it != label_counts_.end(), "counts are kept of indexed columns only");
  return it->second;
}

const DateCounts& Simulation::due_counts(std::string_view column) const {
  const auto it = date_counts_.find(column);
  ensures(it != date_counts_.end(), "due counts are kept of timer columns only");
  return it->second;
}

const std::vector<i64>& Simulation::tally(std::string_view name) const {
  const auto it = tally_totals_.find(name);
  ensures(it != tally_totals_.end(), "a tally is read that no behavior counts");
  return it->second;
}

bool Simulation::has_tally(std::string_view name) const {
  return tally_totals_.find(name) != tally_totals_.end();
}

EventStoreBase* Simulation::events(std::string_view name) {
  const auto it = events_.find(name);
  return it == events_.end() ? nullptr : it->second.get();
}

std::vector<Timing> Simulation::timing() const {
  std::vector<Timing> all;
  for (const Substep& s : substeps_) {
    for (const Bound& b : s.behaviors) {
      all.push_back({s.name, std::string(b.behavior->name()), b.seconds});
    }
    all.push_back({s.name, "(delivery)", s.delivery});
    if (!s.turnovers.empty() || !s.moves.empty()) {
      all.push_back({s.name, "(births, deaths, moves)", s.turnover});
    }
  }
  return all;
}

std::vector<Simulation::Description> Simulation::behaviors() const {
  std::vector<Description> all;
  for (const Substep& s : substeps_) {
    for (const Bound& b : s.behaviors) {
      all.push_back({std::string(b.behavior->name()), std::string(b.behavior->doc()),
                     std::string(b.behavior->kind()), s.name});
    }
  }
  return all;
}

Simulation::Motion Simulation::motion(std::string_view kind) const {
  for (const auto& [name, territory] : territories_) {
    if (const CellLists* lists = territory->find(population_.kind(kind))) {
      return {lists->moved(), lists->copied(), territory->cuts()};
    }
  }
  return {};
}

Simulation::Vital Simulation::vital(std::string_view kind) const {
  const auto at = turnovers_.find(population_.kind(kind).tag());
  return at == turnovers_.end() ? Vital{} : Vital{at->second->born(), at->second->died()};
}

std::vector<Simulation::Traffic> Simulation::traffic() const {
  std::vector<Traffic> all;
  for (const auto& [name, box] : mailboxes_) {
    all.push_back({box->name(), box->sent(), box->crossed(), box->admitted(), box->lost()});
  }
  return all;
}

// ---- binder -------------------------------------------------------------------------------------

Binder::Binder(Simulation& simulation, std::size_t substep, std::size_t behavior)
    : simulation_(simulation), substep_(substep), behavior_(behavior) {}

Kind& Binder::mine() const { return *simulation_.substeps_[substep_].behaviors[behavior_].kind; }

void Binder::must_exist(Kind& kind, const ColumnInfo& info) {
  if (kind.find(info.name) == nullptr) {
    throw ContractError(
        "kind '" + kind.name() + "' has no column '" + std::string(info.name) +
        "' (a fixed column comes with the population). Fill it where the population is made.");
  }
}

void Binder::note(std::string_view how, std::string_view kind, std::string_view column) {
  const auto& s = simulation_.substeps_[substep_];
  simulation_.access_.push_back({s.name, std::string(s.behaviors[behavior_].behavior->name()),
                                 std::string(kind), std::string(column), std::string(how), substep_,
                                 behavior_});
}

Draw Binder::draws(Draw draw) {
  const auto& s = simulation_.substeps_[substep_];
  simulation_.draws_.add(draw, "behavior '" + std::string(s.behaviors[behavior_].behavior->name()) +
                                   "' (number " + std::to_string(behavior_ + 1) + " of substep " +
                                   std::to_string(substep_ + 1) + ", '" + s.name + "')");
  return draw;
}

bool Binder::says_again() const { return mine().replicated() && simulation_.world_.rank() != 0; }

void Binder::touches(const Kind& kind, const ColumnStore& store) {
  auto& b = simulation_.substeps_[substep_].behaviors[behavior_];
  const bool known = std::any_of(b.touches.begin(), b.touches.end(),
                                 [&](const Touch& t) { return t.data == store.data(); });
  if (&kind == b.kind && !known) {
    b.touches.push_back({store.data(), size_of(store.info().type)});
  }
}

void Binder::prepares(DateIndex& dates) {
  add_once(simulation_.substeps_[substep_].prepares, &dates);
}

MailboxBase* Binder::find_mailbox(std::string_view name) const {
  for (const auto& [n, box] : simulation_.mailboxes_) {
    if (n == name) {
      return box.get();
    }
  }
  return nullptr;
}

void Binder::tells_to(std::string_view observation) {
  add_once(simulation_.substeps_[substep_].delivers, find_mailbox(observation));
}

void Binder::hears_from(std::string_view observation) {
  add_once(simulation_.substeps_[substep_].consumes, find_mailbox(observation));
}

void Binder::found(Kind::Entry& finding) {
  add_once(simulation_.substeps_[substep_].found, &finding);
}

void Binder::claims_in_this_substep(ClaimBox& box) {
  add_once(simulation_.substeps_[substep_].delivers, static_cast<MailboxBase*>(&box));
  add_once(simulation_.substeps_[substep_].consumes, static_cast<MailboxBase*>(&box));
}

GhostColumn& Binder::renewed(Kind::Entry& seen, const Kind& kind) {
  Ghosts& ghosts = *simulation_.ghosts_.at(&kind);
  GhostColumn& column = ghosts.column(*seen.store);
  seen.ghosts = &column;
  auto& renews = simulation_.substeps_[substep_].renews;
  const std::pair<Ghosts*, GhostColumn*> one(&ghosts, &column);
  if (std::find(renews.begin(), renews.end(), one) == renews.end()) {
    renews.push_back(one);
  }
  return column;
}

Looks Binder::looks(std::string_view network) {
  auto& sight = simulation_.sights_[std::string(network)];
  if (!sight) {
    const Population& population = simulation_.population_;
    const Edges* listed = population.edges(network);
    const Population::Grid* grid = population.grid(network);
    ensures(listed != nullptr || grid != nullptr,
            "rows look along edges or a grid that the population has");
    const Kind& seen = grid != nullptr ? *grid->cells : own();
    auto& ghosts = simulation_.ghosts_[&seen];
    if (!ghosts) {
      ghosts = std::make_unique<Ghosts>(seen);
    }
    sight = grid != nullptr ? std::make_unique<Sight>(grid->lattice, seen, *ghosts)
                            : std::make_unique<Sight>(*listed, seen, *ghosts);
  }
  ensures(&sight->kind() == &own(), "rows look along a network of their own kind");
  note("looks along", own().name(), network);
  Looks handle;
  handle.sight_ = sight.get();
  return handle;
}

LooksAround Binder::looks_around(std::string_view space, std::string_view kind) {
  const auto at = simulation_.territories_.find(space);
  const auto placed = [&](const Kind& k) {
    CellLists* lists = at == simulation_.territories_.end() ? nullptr : at->second->find(k);
    if (lists == nullptr) {
      throw ContractError("kind '" + k.name() + "' is not in space '" + std::string(space) +
                          "' (who looks and who is seen there have a place in it). Place it with "
                          "Population::place.");
    }
    return lists;
  };
  CellLists* const mine = placed(own());
  CellLists* const seen = placed(simulation_.population_.kind(kind));
  auto& substep = simulation_.substeps_[substep_];
  substep.renewal(mine);
  substep.renewal(seen).with_copies = true;
  note("looks around", kind, space);
  LooksAround handle;
  handle.mine_ = mine;
  handle.seen_ = seen;
  return handle;
}

const SeenColumn& Binder::looked_at(CellLists& seen, const ColumnStore& column) {
  SeenColumn& c = seen.seen(column);
  add_once(simulation_.substeps_[substep_].renewal(&seen).columns, &c);
  return c;
}

const Space& Binder::space(std::string_view name) const {
  const Population::Plane* plane = simulation_.population_.plane(name);
  ensures(plane != nullptr, "a space is asked for that the population has");
  return plane->space;
}

Turnover& Binder::turnover(Kind& kind) {
  auto& made = simulation_.turnovers_[kind.tag()];
  if (!made) {
    made = std::make_unique<Turnover>(kind, thread_count());
  }
  simulation_.substeps_[substep_].turnovers.emplace(kind.tag(), made.get());
  return *made;
}

Dies Binder::dies() {
  Kind& k = mine();
  if (!k.listed()) {
    throw ContractError("kind '" + k.name() +
                        "': its rows stay for the whole run, and cannot die (they are not listed "
                        "one by one). Add the kind with Partition::listed.");
  }
  note("dies", k.name(), k.name());
  Dies handle;
  handle.turnover_ = &turnover(k);
  return handle;
}

Bears Binder::bears(std::string_view kind) {
  Kind& k = simulation_.population_.kind(kind);
  if (!k.listed()) {
    throw ContractError("kind '" + k.name() +
                        "': its rows stay for the whole run, and none is born (they are not listed "
                        "one by one). Add the kind with Partition::listed.");
  }
  ensures(!own().replicated(), "rows that every rank has would bear once per rank");
  note("bears", k.name(), k.name());
  Bears handle;
  handle.turnover_ = &turnover(k);
  return handle;
}

Tallies Binder::tallies(const Tally& tally, u32 size) {
  auto& store = simulation_.tallies_[std::string(tally.name)];
  if (!store) {
    store = std::make_unique<TallyStore>(tally, size, thread_count());
  }
  ensures(store->size() == size, "two behaviors count one tally with different sizes");
  Tallies handle;
  handle.store_ = store.get();
  if (says_again()) {
    auto unread = std::make_shared<TallyStore>(tally, size, thread_count());
    handle.store_ = unread.get();
    simulation_.keep(std::move(unread));
  }
  note("counts", own().name(), tally.name);
  return handle;
}

TallyStore& Binder::added_to(const Sum& sum, std::string_view replicated_kind) {
  const Kind& k = simulation_.population_.kind(replicated_kind);
  ensures(k.replicated(), "sums are told to replicated rows");
  ensures(!own().replicated(), "rows that every rank has would add once per rank");
  auto& s = simulation_.sums_[std::string(sum.name)];
  if (!s.store) {
    s.store =
        std::make_unique<TallyStore>(Tally{sum.name, sum.unit, sum.doc}, k.rows(), thread_count());
    s.values.assign(k.rows(), 0);
  }
  ensures(s.values.size() == k.rows(), "a sum is added to and read by rows of one kind");
  note("adds", replicated_kind, sum.name);
  return *s.store;
}

Adds Binder::adds(const Sum& sum, std::string_view replicated_kind) {
  Adds handle;
  handle.store_ = &added_to(sum, replicated_kind);
  add_once(simulation_.substeps_[substep_].sums, std::string(sum.name));
  return handle;
}

AddsLater Binder::adds_later(const Sum& sum, std::string_view replicated_kind) {
  AddsLater handle;
  handle.store_ = &added_to(sum, replicated_kind);
  add_once(simulation_.substeps_[substep_].later_sums, std::string(sum.name));
  return handle;
}

ReadsSum Binder::sums(const Sum& sum) {
  ensures(own().replicated(), "sums are read by replicated rows");
  auto& s = simulation_.sums_[std::string(sum.name)];
  if (!s.store) {
    s.store = std::make_unique<TallyStore>(Tally{sum.name, sum.unit, sum.doc}, own().rows(),
                                           thread_count());
    s.values.assign(own().rows(), 0);
  }
  ensures(s.values.size() == own().rows(), "a sum is added to and read by rows of one kind");
  ReadsSum handle;
  handle.values_ = &s.values;
  note("hears", own().name(), sum.name);
  return handle;
}

std::vector<i64> Binder::group_weights(std::string_view name) const {
  const Groups* g = groups(name);
  ensures(g != nullptr, "the weights of a network are asked that the population does not have");
  const Partition& where = g->groups().partition();
  std::vector<i64> weights(where.total(), 0);
  for (Row r = 0; r < where.count(); ++r) {
    weights[where.id_of(r)] = static_cast<i64>(g->total_weight(r));
  }
  if (!where.is_replicated()) {
    simulation_.world_.sum(std::span<i64>(weights));
  }
  return weights;
}

u32 Binder::network(std::string_view name) {
  const Groups* g = groups(name);
  ensures(g != nullptr, "a network is addressed that the population does not have");
  auto& all = simulation_.networks_;
  const auto it = std::find(all.begin(), all.end(), g);
  ensures(it != all.end(), "a network is known to the simulation");
  return static_cast<u32>(it - all.begin());
}

}  // namespace throng
