// Messages: what one row tells another. Delivered once per substep; the target admits each message
// before anything is combined; what was admitted stands as sorted spans per told row until an act
// consumes it.
#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/communicator.h"
#include "sim/kind.h"
#include "sim/network.h"
#include "sim/parallel.h"
#include "sim/trace.h"

namespace throng {

/// What can be told to a row: declared once as a constant. V is a small trivially copyable struct
/// with a total order (`operator<=>`); messages of one target come in order of (value, from).
template <class V>
struct Observation {
  std::string_view name, doc;
};

/// One message as its target sees it.
template <class V>
struct Told {
  Row to;
  AgentId from;
  V value;
};

/// How a group address picks its member.
enum class Choose : u8 { other, sibling, weighted, any };

/// The address "one of this group": resolved by the group's owner.
struct Member {
  u32 network = 0;  ///< handle of a network, from Binder::network
  u32 group = no_group;
  u32 word = 0;  ///< 32 random bits: which member
  Choose choose = Choose::other;
  u16 slots =
      1;  ///< contacts one has there: with fewer others than slots, a contact may find nobody
};

/// What the loop needs of a mailbox without knowing its message type.
class MailboxBase {
 public:
  virtual ~MailboxBase() = default;
  virtual void deliver(const Communicator& world, u64 shuffle_key) = 0;
  virtual void consume() = 0;
  /// Reports to it whom group addresses turn out to name; null for nobody.
  virtual void watch(Tracer* tracer) = 0;
  /// Order-free hash of what is queued and not delivered; and dropping it, to run a phase again.
  virtual u64 queued_hash() = 0;
  virtual void drop_queued() = 0;
  virtual u64 sent() const = 0;
  virtual u64 crossed() const = 0;
  virtual u64 admitted() const = 0;
  /// Messages to rows that had died.
  virtual u64 lost() const = 0;
  virtual const Kind& to() const = 0;
  virtual std::string_view name() const = 0;
};

template <class V>
class Mailbox final : public MailboxBase {
 public:
  static_assert(std::is_trivially_copyable_v<V>);
  static_assert(std::has_unique_object_representations_v<V> || std::is_floating_point_v<V>,
                "a message has no padding: its bytes are compared between runs of a phase");
  using Admit = std::function<void(std::span<const Told<V>> in, std::vector<Told<V>>& out)>;

  Mailbox(std::string_view name, const Kind& to, std::vector<const Groups*> networks)
      : name_(name),
        to_(&to),
        networks_(std::move(networks)),
        slices_(to.slices().count()),
        told_(slices_),
        threads_(static_cast<std::size_t>(thread_count())) {
    local_.resize(threads_ * slices_);
  }
  void admit_by(Admit admit) {
    ensures(!heard_,
            "one behavior hears an observation: a second admission would replace the first");
    heard_ = true;
    admit_ = std::move(admit);
  }
  const Kind& to() const override { return *to_; }
  /// Whose rows tell, for who watches; of several kinds the first.
  void told_by(const Kind& kind) { by_ = by_ == nullptr ? &kind : by_; }

  bool mine(AgentId to) const { return to_->partition().is_mine(to); }
  bool mine(const Member& m) const {
    return networks_[m.network]->groups().partition().is_mine(m.group);
  }
  void tell(int thread, AgentId from, AgentId to, const V& value) {
    const Partition& where = to_->partition();
    expects(to < where.total(), "a row that exists or existed is told");
    const Row row = where.find(to);
    if (row != no_row) {
      local_[static_cast<std::size_t>(thread) * slices_ + to_->slices().of(row)].push_back(
          {row, from, value});
    } else {
      remote(thread, where.rank_of(to)).push_back({to, from, value});
    }
  }
  void tell(int thread, AgentId from, const Member& m, const V& value) {
    const Groups& g = *networks_[m.network];
    const Partition& where = g.groups().partition();
    expects(m.group < where.total(), "a group that exists is addressed");
    expects(&g.members() == to_, "members of the told kind are addressed");
    if (where.is_mine(m.group)) {
      wait(thread, {m, from, value});
    } else {
      remote_group(thread, where.rank_of(m.group)).push_back({m, from, value});
    }
  }

  void deliver(const Communicator& world, u64 shuffle_key) override {
    resolve_waiting();
    cross(world);
    u64 arrived = 0;
    for (const auto& v : local_) {
      arrived += v.size();
    }
    sent_ += arrived;
    if (arrived == 0) {
      return;
    }
    parallel_for(slices_, arrived, [&](std::size_t s) {
      auto& told = told_[s];
      for (std::size_t t = 0; t < threads_; ++t) {
        auto& in = local_[t * slices_ + s];
        if (shuffle_key != 0) {
          shuffle(in, shuffle_key);
        }
        admit_(in, told);
        in.clear();
      }
      sort(told);
    });
    recount();
  }
  void watch(Tracer* tracer) override { tracer_ = tracer; }
  void consume() override {
    if (admitted_now_ == 0) {
      return;
    }
    admitted_ += admitted_now_;
    for (auto& t : told_) {
      t.clear();
    }
    admitted_now_ = 0;
  }
  /// Of the messages of each told row keeps the first seats(row), in their order.
  template <class Seats>
  void keep_first(Seats&& seats) {
    parallel_for(slices_, admitted_now_, [&](std::size_t s) {
      auto& told = told_[s];
      std::size_t kept = 0, first = 0;
      for (std::size_t k = 0; k < told.size(); ++k) {
        first = told[k].to == told[first].to ? first : k;
        if (k - first < seats(told[k].to)) {
          told[kept++] = told[k];
        }
      }
      told.resize(kept);
    });
    recount();
  }
  /// Of a replicated kind: gives every rank the messages of all.
  void share(const Communicator& world) {
    if (world.alone()) {
      return;
    }
    std::vector<Told<V>> mine;
    for (const auto& t : told_) {
      mine.insert(mine.end(), t.begin(), t.end());
    }
    std::vector<std::vector<Told<V>>> out(ranks_, mine);
    out[static_cast<std::size_t>(world.rank())].clear();
    std::vector<Told<V>> in;
    world.exchange(out, in);
    for (const Told<V>& m : in) {
      told_[to_->slices().of(m.to)].push_back(m);
    }
    for (auto& t : told_) {
      sort(t);
    }
    recount();
  }
  std::span<const Told<V>> told(u32 slice) const { return told_[slice]; }
  u64 told() const { return admitted_now_; }

  u64 queued_hash() override {
    resolve_waiting();
    u64 sum = 0;
    const auto add = [&](AgentId to, AgentId from, const V& value) {
      u64 h = mix(u64{to} << 32 | from);
      unsigned char bytes[sizeof(V)];
      __builtin_memcpy(bytes, &value, sizeof(V));
      for (const unsigned char b : bytes) {
        h = (h ^ b) * 1099511628211ull;
      }
      sum += mix(h);
    };
    for (const auto& v : local_) {
      for (const auto& m : v) {
        add(to_->partition().id_of(m.to), m.from, m.value);
      }
    }
    for (const auto& v : remote_) {
      for (const auto& m : v) {
        add(m.to, m.from, m.value);
      }
    }
    for (const auto& v : remote_group_) {
      for (const auto& m : v) {
        const Member& a = m.member;
        const u64 how = u64{a.network} << 32 | u64{a.slots} << 8 | static_cast<u64>(a.choose);
        add(static_cast<u32>(mix(how ^ mix(u64{a.group} << 32 | a.word))), m.from, m.value);
      }
    }
    return sum;
  }
  void drop_queued() override {
    for (auto* queues : {&local_, &remote_}) {
      for (auto& v : *queues) {
        v.clear();
      }
    }
    for (auto& v : remote_group_) {
      v.clear();
    }
  }
  u64 sent() const override { return sent_; }
  u64 crossed() const override { return crossed_; }
  u64 admitted() const override { return admitted_ + admitted_now_; }
  u64 lost() const override { return lost_; }
  std::string_view name() const override { return name_; }

 private:
  static constexpr std::size_t many_each = 16;  // messages of a row
  void sort(std::vector<Told<V>>& told) const {
    // Rows that tell themselves or their neighbors do so in order.
    if (std::is_sorted(told.begin(), told.end(), before)) {
      return;
    }
    const Row rows = to_->rows();
    if (slices_ > 1 || told.size() < many_each * rows) {
      std::sort(told.begin(), told.end(), before);
      return;
    }
    // Few rows, which much is told: a row at a time, on all threads.
    std::vector<std::size_t> begin(std::size_t{rows} + 1);
    for (const Told<V>& m : told) {
      ++begin[m.to + 1];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    auto next = begin;
    std::vector<Told<V>> by_row(told.size());
    for (const Told<V>& m : told) {
      by_row[next[m.to]++] = m;
    }
    parallel_for(rows, told.size(), [&](std::size_t r) {
      const auto at = [&](std::size_t k) {
        return by_row.begin() + static_cast<std::ptrdiff_t>(begin[k]);
      };
      std::sort(at(r), at(r + 1), before);
    });
    told = std::move(by_row);
  }
  struct Addressed {
    Member member;
    AgentId from;
    V value;
  };
  void recount() {
    admitted_now_ = 0;
    for (const auto& t : told_) {
      admitted_now_ += t.size();
    }
  }
  static bool before(const Told<V>& a, const Told<V>& b) {
    if (a.to != b.to) {
      return a.to < b.to;
    }
    const auto order = a.value <=> b.value;
    return order != 0 ? order < 0 : a.from < b.from;
  }
  std::vector<Told<V>>& remote(int thread, Rank rank) {
    return remote_[static_cast<std::size_t>(thread) * ranks_ + static_cast<std::size_t>(rank)];
  }
  std::vector<Addressed>& remote_group(int thread, Rank rank) {
    return remote_group_[static_cast<std::size_t>(thread) * ranks_ +
                         static_cast<std::size_t>(rank)];
  }
  /// A roster is far away in memory: what it takes to read it is asked for some messages ahead.
  struct alignas(64) Waiting {
    std::array<Addressed, 32> item;
    std::size_t put = 0, near = 0, done = 0;
  };
  void wait(int thread, const Addressed& a) {
    Waiting& w = waiting_[static_cast<std::size_t>(thread)];
    const Groups& g = *networks_[a.member.network];
    g.prefetch(g.groups().partition().row_of(a.member.group));
    w.item[w.put++ % w.item.size()] = a;
    if (w.put - w.near > 8) {
      approach(w);
    }
    if (w.put - w.done > 24) {
      resolve(thread, w.item[w.done++ % w.item.size()]);
    }
  }
  void approach(Waiting& w) {
    const Member& m = w.item[w.near++ % w.item.size()].member;
    const Groups& g = *networks_[m.network];
    g.prefetch_member(g.groups().partition().row_of(m.group), m.word, m.choose == Choose::weighted);
  }
  void resolve_waiting() {
    for (std::size_t t = 0; t < waiting_.size(); ++t) {
      Waiting& w = waiting_[t];
      while (w.done < w.put) {
        resolve(static_cast<int>(t), w.item[w.done++ % w.item.size()]);
      }
      w.near = w.done;
    }
  }
  void resolve(int thread, const Addressed& a) {
    const Groups& g = *networks_[a.member.network];
    const Row group = g.groups().partition().row_of(a.member.group);
    AgentId to = no_agent;
    switch (a.member.choose) {
      case Choose::other:
        to = g.other(group, a.member.word, a.from, a.member.slots);
        break;
      case Choose::sibling:
        to = g.sibling(group, a.member.word, a.from, a.member.slots);
        break;
      case Choose::any:
        to = g.any(group, a.member.word);
        break;
      case Choose::weighted:
        to = g.weighted(group, a.member.word, a.from);
        break;
    }
    if (to != no_agent) {
      if (tracer_ != nullptr) {
        tracer_->told(*by_, a.from, *to_, to, name_);
      }
      tell(thread, a.from, to, a.value);
    }
  }
  /// Group addresses to the groups' owners, then messages to their targets.
  void cross(const Communicator& world) {
    if (to_->replicated() || (world.alone() && !to_->listed())) {
      return;
    }
    if (!networks_.empty() && !world.alone()) {
      merge_threads(remote_group_);
      std::vector<Addressed> in;
      const auto out = take_first(remote_group_);
      crossed_ += count(out);
      world.exchange(out, in);
      for (const Addressed& a : in) {
        resolve(0, a);
      }
    }
    merge_threads(remote_);
    std::vector<Told<V>> in;
    const auto out = take_first(remote_);
    crossed_ += count(out) - out[static_cast<std::size_t>(world.rank())].size();
    world.exchange(out, in);
    if (to_->listed()) {
      // What went to its home goes on from there; the home of some is here.
      const auto& at_home = out[static_cast<std::size_t>(world.rank())];
      in.insert(in.end(), at_home.begin(), at_home.end());
      forward(world, in);
      return;
    }
    for (const Told<V>& m : in) {
      place(m, to_->partition().row_of(m.to));
    }
  }
  void place(Told<V> m, Row row) {
    m.to = row;
    local_[to_->slices().of(row)].push_back(m);
  }
  /// Of messages to listed rows: keeps those whose target lives here, sends on those whose target's
  /// home is here, and drops those whose target is dead.
  void forward(const Communicator& world, const std::vector<Told<V>>& arrived) {
    const Partition& where = to_->partition();
    std::vector<std::vector<Told<V>>> out(ranks_);
    for (const Told<V>& m : arrived) {
      const Row row = where.find(m.to);
      if (row != no_row) {
        place(m, row);
        continue;
      }
      const Rank rank = where.whereabouts(m.to);
      if (rank < 0) {
        ++lost_;
      } else {
        out[static_cast<std::size_t>(rank)].push_back(m);
      }
    }
    std::vector<Told<V>> in;
    world.exchange(out, in);
    for (const Told<V>& m : in) {
      const Row row = where.find(m.to);
      ensures(row != no_row, "a row's home knows where it lives");
      place(m, row);
    }
  }
  template <class M>
  void merge_threads(std::vector<std::vector<M>>& queues) {
    for (std::size_t t = 1; t < threads_; ++t) {
      for (std::size_t r = 0; r < ranks_; ++r) {
        auto& from = queues[t * ranks_ + r];
        queues[r].insert(queues[r].end(), from.begin(), from.end());
        from.clear();
      }
    }
  }
  template <class M>
  std::vector<std::vector<M>> take_first(std::vector<std::vector<M>>& queues) {
    std::vector<std::vector<M>> out(ranks_);
    for (std::size_t r = 0; r < ranks_; ++r) {
      out[r].swap(queues[r]);
    }
    return out;
  }
  template <class M>
  static u64 count(const std::vector<std::vector<M>>& queues) {
    u64 n = 0;
    for (const auto& q : queues) {
      n += q.size();
    }
    return n;
  }
  static void shuffle(std::vector<Told<V>>& messages, u64 key) {
    for (std::size_t i = messages.size(); i > 1; --i) {
      std::swap(messages[i - 1], messages[mix(key + i) % i]);
    }
  }

 public:
  /// Ranks are known when the simulation is put together.
  void open(int ranks) {
    ranks_ = static_cast<std::size_t>(ranks);
    remote_.resize(threads_ * ranks_);
    remote_group_.resize(threads_ * ranks_);
    waiting_.resize(threads_);
  }

 private:
  std::string_view name_;
  const Kind* to_;
  std::vector<const Groups*> networks_;
  std::size_t slices_;
  std::vector<std::vector<Told<V>>> told_;
  std::size_t threads_, ranks_ = 1;
  std::vector<std::vector<Told<V>>> local_;   // [thread x slice]
  std::vector<std::vector<Told<V>>> remote_;  // [thread x rank], to: id
  std::vector<std::vector<Addressed>> remote_group_;
  std::vector<Waiting> waiting_;
  Admit admit_ = [](std::span<const Told<V>> in, std::vector<Told<V>>& out) {
    out.insert(out.end(), in.begin(), in.end());
  };
  bool heard_ = false;
  Tracer* tracer_ = nullptr;
  const Kind* by_ = nullptr;
  u64 sent_ = 0, crossed_ = 0, admitted_ = 0, admitted_now_ = 0, lost_ = 0;
};

}  // namespace throng
