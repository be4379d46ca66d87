// The loop: substeps of behaviors in three phases, and what it needs to put them together.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/behavior.h"
#include "sim/communicator.h"
#include "sim/population.h"
#include "sim/restart.h"

namespace throng {

class Simulation;

/// What is written, and when. Reads all, changes nothing.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Before the first step, or before the next one of a run that goes on: then keep() follows.
  virtual void begin(Simulation&) {}
  /// After every step; collective.
  virtual void step(Simulation& simulation) = 0;
  virtual void end(Simulation&) {}
  /// Hands over all that was gathered since it was last called, or takes all of it back in place of
  /// what is there. On rank 0.
  virtual void keep(Keeper& keeper) = 0;
};

/// Counts over all ranks, as they stood after the last finished step.
struct LabelCounts {
  std::string_view column;
  u32 labels = 0, cells = 1;
  std::vector<i64> count, entries;  ///< [label x cell]; entries of that step
  i64 count_of(u32 label) const;
  i64 entries_of(u32 label) const;
};
struct DateCounts {
  std::string_view column;
  std::vector<i64> entries;  ///< [cell]: rows due in that step
};

struct SimulationOptions {
  u64 seed = 1;
  /// Runs every phase a second time in reverse order of rows and behaviors and compares (what `dev`
  /// builds do).
  bool check_order =
#ifdef THRONG_CHECKED
      true;
#else
      false;
#endif
  /// Tests only: permutes messages before they are admitted.
  u64 shuffle_messages = 0;
  Tracer* tracer = nullptr;
};

/// Time spent, for the summary [s].
struct Timing {
  std::string substep, behavior;
  double seconds = 0;
};

class Simulation {
 public:
  Simulation(Communicator world, Population population, SimulationOptions options);
  ~Simulation();

  /// Behaviors of one substep share its phases: all observe, messages are delivered, all decide,
  /// all act.
  void add_substep(std::string name, std::vector<std::unique_ptr<Behavior>> behaviors);
  template <class... B>
  void add_substep(std::string name, std::unique_ptr<B>... behaviors) {
    std::vector<std::unique_ptr<Behavior>> all;
    (all.push_back(std::move(behaviors)), ...);
    add_substep(std::move(name), std::move(all));
  }
  void add_recorder(std::unique_ptr<Recorder> recorder);
  /// Keeps something alive that behaviors refer to.
  void keep(std::shared_ptr<const void> what) { kept_.push_back(std::move(what)); }
  /// Binds every behavior and makes indexes and hashes. Two writers of one column in a substep are
  /// refused. Stores are made for as many threads as parallel loops may use now: set_thread_count
  /// is called before, and not again while the simulation lives. With a past it goes on from there:
  /// now() is its step, and recorders get back what they had from whoever calls recorded().
  void start(const Past* past = nullptr);
  /// One step. After it, now() is the step that was made.
  void step();
  /// Recorders' last word.
  void finish();
  /// Hands a keeper what recorders gathered since the last time, or them what it has. On rank 0.
  void recorded(Keeper& keeper);
  /// The counts that make up the state together with the columns, by name: sums over all ranks.
  /// Throws ContractError where messages wait for the next step, which nobody could keep.
  std::map<std::string, std::vector<i64>> numbers() const;

  Step now() const { return now_; }
  const Communicator& world() const { return world_; }
  Population& population() { return population_; }
  const Population& population() const { return population_; }
  const Chance& chance() const { return chance_; }

  /// Content hash over all ranks after the last step (0 before start()).
  u64 content_hash() const { return content_hash_; }
  /// Recomputed from every cell. Collective. Must equal content_hash().
  u64 full_hash();
  const LabelCounts& counts(std::string_view column) const;
  const DateCounts& due_counts(std::string_view column) const;
  /// Sums over all ranks since the run began.
  const std::vector<i64>& tally(std::string_view name) const;
  bool has_tally(std::string_view name) const;
  /// The event store of a name, or null when no behavior logs it.
  EventStoreBase* events(std::string_view name);

  std::vector<Timing> timing() const;
  struct Traffic {
    std::string_view observation;
    u64 sent = 0, crossed = 0, admitted = 0;
    u64 lost = 0;  ///< to rows that had died
  };
  /// Births and deaths of a kind over all ranks since the run began.
  struct Vital {
    u64 born = 0, died = 0;
  };
  Vital vital(std::string_view kind) const;
  /// Rows of a kind that came to this rank from others, and copies made of rows in sight, since the
  /// run began; and how often the space was cut anew.
  struct Motion {
    u64 moved = 0, copied = 0;
    u32 cuts = 0;
  };
  Motion motion(std::string_view kind) const;
  /// This rank's messages since the run began.
  std::vector<Traffic> traffic() const;
  /// Declared access of every bound behavior, for `describe` and conformance tests.
  struct Access {
    std::string substep, behavior, kind, column, how;
    std::size_t substep_number = 0, behavior_number = 0;  ///< in order of assembly
  };
  const std::vector<Access>& access() const { return access_; }
  struct Description {
    std::string name, doc, kind, substep;
  };
  /// Every behavior, in order of the substeps.
  std::vector<Description> behaviors() const;

 private:
  friend class Binder;
  struct Bound;
  struct Substep;
  void bind(Substep& substep);
  void run(Substep& substep);
  void observe(Substep& substep);
  void deliver(const std::vector<std::string>& sums);
  void forget(const std::vector<std::string>& sums);
  void decide(Substep& substep);
  void act(Substep& substep);
  void renew_rows(Substep& substep);
  void reduce();
  void check_wiring() const;
  void check_comings() const;
  void set_totals(const std::map<std::string, std::vector<i64>>& numbers);
  void set_counts_of_step(const std::map<std::string, std::vector<i64>>& numbers);
  void find_moves(const Territory& territory);
  std::vector<Kind::Snapshot> snapshot() const;
  void restore(const std::vector<Kind::Snapshot>& all);
  template <class F>
  void timed(const Substep& s, Bound& b, std::string_view phase, bool watched, F&& f);

  Communicator world_;
  Population population_;
  SimulationOptions options_;
  Chance chance_;
  Step now_ = 0;
  bool started_ = false;
  u64 content_hash_ = 0;
  std::vector<std::shared_ptr<const void>> kept_;
  std::deque<Substep> substeps_;
  std::vector<std::unique_ptr<Recorder>> recorders_;
  DrawNames draws_;
  std::vector<std::pair<std::string, std::unique_ptr<MailboxBase>>> mailboxes_;
  std::vector<const Groups*> networks_;
  std::map<const Kind*, std::unique_ptr<Ghosts>> ghosts_;
  std::map<KindTag, std::unique_ptr<Turnover>> turnovers_;
  std::map<std::string, std::unique_ptr<Territory>, std::less<>> territories_;
  std::map<std::string, std::unique_ptr<Sight>, std::less<>> sights_;
  std::map<std::string, std::unique_ptr<TallyStore>, std::less<>> tallies_;
  std::map<std::string, std::vector<i64>, std::less<>> tally_totals_;
  struct SumState {
    std::unique_ptr<TallyStore> store;
    std::vector<i64> values;
  };
  std::map<std::string, SumState, std::less<>> sums_;
  std::map<std::string, std::unique_ptr<EventStoreBase>, std::less<>> events_;
  std::map<std::string, LabelCounts, std::less<>> label_counts_;
  std::map<std::string, DateCounts, std::less<>> date_counts_;
  std::vector<Access> access_;
};

/// Hands out handles while a simulation is put together. A behavior's handles are its declared
/// access.
class Binder {
 public:
  Binder(Simulation& simulation, std::size_t substep, std::size_t behavior);

  template <class T>
  Reads<T> reads(const Fixed<T>& column) {
    Kind& k = mine();
    must_exist(k, column.info());
    return read<Reads<T>>(k, column.info(), "reads");
  }
  template <class T>
  Reads<T> reads(const State<T>& column) {
    return read<Reads<T>>(mine(), column.info(), "reads");
  }
  template <class T>
  Reads<T> reads(const Decision<T>& column) {
    return read<Reads<T>>(mine(), column.info(), "reads");
  }
  /// What one found in `observe` of this substep.
  template <class T>
  Reads<T> reads(const Finding<T>& column) {
    return read<Reads<T>>(mine(), column.info(), "reads");
  }
  template <class T>
  Finds<T> finds(const Finding<T>& column) {
    auto handle = read<Finds<T>>(mine(), column.info(), "finds");
    handle.found_ = &mine().find(column.name)->found;
    found(*mine().find(column.name));
    return handle;
  }
  template <class T>
  Writes<T> writes(const State<T>& column) {
    auto handle = read<Writes<T>>(mine(), column.info(), "writes");
    const ColumnStore& store = *own().find(column.name)->store;
    handle.hash_ = store.hash();
    handle.info_ = &store.info();
    return handle;
  }
  template <class T>
  Decides<T> decides(const Decision<T>& column) {
    auto handle = read<Decides<T>>(mine(), column.info(), "decides");
    const ColumnStore& store = *own().find(column.name)->store;
    handle.hash_ = store.hash();
    handle.info_ = &store.info();
    return handle;
  }
  /// A column of a replicated kind: in everybody's sight.
  template <class C>
  auto sees(std::string_view kind, const C& column) {
    Kind& k = simulation_.population_.kind(kind);
    ensures(k.replicated(), "only rows of replicated kinds are in everybody's sight");
    return read<Sees<typename C::Type>>(k, column.info(), "sees");
  }
  /// Along the edges or the grid of that name, from rows of one's own kind to rows of the same.
  Looks looks(std::string_view network);
  /// A state or decision of the rows in sight, as it stands when the substep begins.
  template <class C>
  auto sees(const Looks& looks, const C& column) {
    using T = typename C::Type;
    Kind& k = simulation_.population_.kind(looks.sight_->kind().name());
    if (column.info().role == Role::fixed) {
      must_exist(k, column.info());
    }
    ensures(column.info().role != Role::finding, "what a row found is known to itself alone");
    Sights<T> handle;
    handle.mine_ = read<Reads<T>>(k, column.info(), "sees").data_;
    handle.ghosts_ = &renewed(*k.find(column.name), k);
    return handle;
  }
  /// Around oneself in a space of the population, at rows of one's own or another kind in it.
  LooksAround looks_around(std::string_view space, std::string_view kind);
  LooksAround looks_around(std::string_view space) { return looks_around(space, own().name()); }
  template <class C>
  auto sees(const LooksAround& looks, const C& column) {
    using T = typename C::Type;
    Kind& k = looks.seen_->kind();
    if (column.info().role == Role::fixed) {
      must_exist(k, column.info());
    }
    ensures(column.info().role != Role::finding, "what a row found is known to itself alone");
    SightsAround<T> handle;
    handle.column_ = &looked_at(*looks.seen_, *k.add(column.info()).store);
    note("sees", k.name(), column.name);
    return handle;
  }
  /// Size and shape of a space, ways across it, and the patch a place is on.
  const Space& space(std::string_view name) const;
  /// Places of another kind, or of one's own: an integer state of it says how many each row has
  /// free. Claimed, granted and won in the same substep.
  template <class T>
  Claims claims(const State<T>& seats, std::string_view kind) {
    Claims handle;
    handle.box_ = &claim_box(seats, kind);
    handle.box_->claimed_by(own());
    note("claims", kind, seats.name);
    return handle;
  }
  template <class T>
  Grants grants(const State<T>& seats) {
    Grants handle;
    handle.box_ = &claim_box(seats, own().name());
    note("grants", own().name(), seats.name);
    return handle;
  }
  /// Rows of one's own kind may die. Their kind is listed: Partition::listed.
  Dies dies();
  /// One may bear rows of a listed kind, one's own or another.
  Bears bears(std::string_view kind);
  /// A column of the newborn that one may give a value.
  template <class T>
  Gives<T> gives(const Bears& birth, const Fixed<T>& column) {
    return give<T>(birth, column.info());
  }
  template <class T>
  Gives<T> gives(const Bears& birth, const State<T>& column) {
    return give<T>(birth, column.info());
  }
  /// Asks that having(column, label) be listed.
  template <class T>
  void lists(const Reads<T>& column, T label) {
    ensures(column.labels_ != nullptr, "only an indexed column lists rows by label");
    column.labels_->list(static_cast<u8>(label));
  }
  /// Asks that due(column) be known in this substep.
  void follows(const Reads<StoredStep>& column) {
    ensures(column.dates_ != nullptr, "only a timer column has due rows");
    prepares(*column.dates_);
  }
  /// A draw of this behavior alone.
  Draw draws(Draw draw);
  /// A draw that several behaviors look at: one fact of chance, the same for all of them.
  Draw shares_draw(Draw draw) {
    simulation_.draws_.add(draw);
    return draw;
  }
  template <class V>
  Tells<V> tells(const Observation<V>& observation, std::string_view kind) {
    ensures(own().replicated() || !simulation_.population_.kind(kind).replicated(),
            "owned rows tell replicated ones by sums: each rank would hear its own rows only");
    Tells<V> handle;
    handle.box_ = &mailbox(observation, kind);
    handle.box_->told_by(own());
    tells_to(observation.name);
    note("tells", kind, observation.name);
    return handle;
  }
  /// `admit(row, from, value)` is the target's half: it sees the target's own state, may change the
  /// value it keeps, and is asked once per message before anything is combined.
  template <class V, class Admit>
  Hears<V> hears(const Observation<V>& observation, Admit admit) {
    Mailbox<V>& box = mailbox(observation, own().name());
    const Kind& kind = own();
    box.admit_by([admit, &kind](std::span<const Told<V>> in, std::vector<Told<V>>& out) {
      const int thread = thread_number();
      for (Told<V> m : in) {
        if (admit(SeenRow(kind, m.to, thread), m.from, m.value)) {
          out.push_back(m);
        }
      }
    });
    Hears<V> handle;
    handle.box_ = &box;
    hears_from(observation.name);
    note("hears", own().name(), observation.name);
    return handle;
  }
  Tallies tallies(const Tally& tally, u32 size);
  /// For observe: read in act of the same substep.
  Adds adds(const Sum& sum, std::string_view replicated_kind);
  /// For act: read in later substeps.
  AddsLater adds_later(const Sum& sum, std::string_view replicated_kind);
  ReadsSum sums(const Sum& sum);
  template <class R>
  Logs<R> logs(const Event<R>& event) {
    auto& store = simulation_.events_[std::string(event.name)];
    if (!store) {
      store = std::make_unique<EventStore<R>>(event.name, thread_count());
    }
    Logs<R> handle;
    handle.store_ = dynamic_cast<EventStore<R>*>(store.get());
    ensures(handle.store_ != nullptr, "two events of one name hold different records");
    if (says_again()) {
      auto unread = std::make_shared<EventStore<R>>(event.name, thread_count());
      handle.store_ = unread.get();
      simulation_.keep(std::move(unread));
    }
    note("logs", own().name(), event.name);
    return handle;
  }
  /// Handle of a network for Member addresses; the network must exist (ask groups() first).
  u32 network(std::string_view name);
  /// Summed weight (or size) of every group of a network, by id, over all ranks. Collective.
  std::vector<i64> group_weights(std::string_view name) const;
  const Groups* groups(std::string_view name) const { return simulation_.population_.groups(name); }
  const Edges* edges(std::string_view name) const { return simulation_.population_.edges(name); }
  /// Today, for admission.
  const Step& clock() const { return simulation_.now_; }
  const Chance& chance() const { return simulation_.chance_; }
  const Kind& kind(std::string_view name) const { return simulation_.population_.kind(name); }
  /// Counts of an indexed column over all ranks after the last finished step.
  const LabelCounts& counts(std::string_view column) {
    return simulation_.label_counts_[std::string(column)];
  }
  /// The behavior's own kind.
  const Kind& own() const { return mine(); }

 private:
  Kind& mine() const;
  /// True where rank 0 counts and logs the same already: for replicated rows on the other ranks.
  bool says_again() const;
  template <class Handle>
  Handle read(Kind& kind, const ColumnInfo& info, std::string_view how) {
    Kind::Entry& e = kind.add(info);
    Handle handle;
    using T = std::remove_pointer_t<decltype(handle.data_)>;
    handle.data_ = reinterpret_cast<T*>(e.store->data());
    if constexpr (requires { handle.labels_; }) {
      handle.labels_ = e.labels.get();
      handle.dates_ = e.dates.get();
      handle.ghosts_ = &e.ghosts;
    }
    note(how, kind.name(), info.name);
    touches(kind, *e.store);
    return handle;
  }
  template <class T>
  Gives<T> give(const Bears& birth, const ColumnInfo& info) {
    Kind& k = simulation_.population_.kind(birth.turnover_->kind().name());
    if (info.role == Role::fixed) {
      must_exist(k, info);
    }
    Gives<T> handle;
    handle.column_ = &k.add(info);
    handle.to_ = birth.turnover_;
    note("gives", k.name(), info.name);
    return handle;
  }
  Turnover& turnover(Kind& kind);
  TallyStore& added_to(const Sum& sum, std::string_view replicated_kind);
  const SeenColumn& looked_at(CellLists& seen, const ColumnStore& column);
  template <class T>
  ClaimBox& claim_box(const State<T>& seats, std::string_view kind) {
    static_assert(std::is_integral_v<T>, "free places are counted");
    if (MailboxBase* there = find_mailbox(seats.name)) {
      auto* box = dynamic_cast<ClaimBox*>(there);
      ensures(box != nullptr && &box->to() == &simulation_.population_.kind(kind),
              "places of one kind are claimed by one name");
      claims_in_this_substep(*box);
      return *box;
    }
    Kind& k = simulation_.population_.kind(kind);
    const T* free = reinterpret_cast<const T*>(k.add(seats.info()).store->data());
    auto made = std::make_unique<ClaimBox>(
        seats.name, k, simulation_.world_.size(),
        [free](Row row) { return free[row] > T{} ? static_cast<u64>(free[row]) : u64{0}; });
    auto& box = *made;
    simulation_.mailboxes_.emplace_back(seats.name, std::move(made));
    claims_in_this_substep(box);
    return box;
  }
  template <class V>
  Mailbox<V>& mailbox(const Observation<V>& observation, std::string_view kind) {
    if (MailboxBase* there = find_mailbox(observation.name)) {
      auto* box = dynamic_cast<Mailbox<V>*>(there);
      ensures(box != nullptr, "two observations of one name hold different values");
      ensures(&box->to() == &simulation_.population_.kind(kind),
              "an observation is told to one kind");
      return *box;
    }
    auto made = std::make_unique<Mailbox<V>>(observation.name, simulation_.population_.kind(kind),
                                             simulation_.networks_);
    made->open(simulation_.world_.size());
    auto& box = *made;
    simulation_.mailboxes_.emplace_back(observation.name, std::move(made));
    return box;
  }
  MailboxBase* find_mailbox(std::string_view name) const;
  static void must_exist(Kind& kind, const ColumnInfo& info);
  void note(std::string_view how, std::string_view kind, std::string_view column);
  void prepares(DateIndex& dates);
  void touches(const Kind& kind, const ColumnStore& store);
  void found(Kind::Entry& finding);
  GhostColumn& renewed(Kind::Entry& seen, const Kind& kind);
  void claims_in_this_substep(ClaimBox& box);
  void tells_to(std::string_view observation);
  void hears_from(std::string_view observation);

  Simulation& simulation_;
  std::size_t substep_, behavior_;
};

}  // namespace throng
