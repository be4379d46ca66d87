#include "sim/turnover.h"

#include <algorithm>
#include <array>
#include <string>

#include "sim/chance.h"

namespace throng {

std::vector<Row> Turnover::dead() const {
  std::vector<Row> rows;
  for (const Queue& q : of_) {
    rows.insert(rows.end(), q.dead.begin(), q.dead.end());
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

std::vector<Turnover::Newborn> Turnover::newborn() const {
  std::vector<Newborn> all;
  for (const Queue& q : of_) {
    for (std::size_t k = 0; k < q.born.size(); ++k) {
      all.push_back({q.born[k].key, q.images.data() + k * kind_->image_size()});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Newborn& a, const Newborn& b) { return a.key < b.key; });
  return all;
}

u64 Turnover::asked_hash() const {
  u64 sum = 0;
  for (const Row r : dead()) {
    sum += mix(kind_->partition().id_of(r));
  }
  // The count of a thread depends on the order of its rows: the place among a parent's births does
  // not.
  u32 place = 0;
  const auto all = newborn();
  for (std::size_t k = 0; k < all.size(); ++k) {
    const BirthKey& key = all[k].key;
    const bool same =
        k > 0 && all[k - 1].key.parent == key.parent && all[k - 1].key.kind == key.kind;
    place = same ? place + 1 : 0;
    u64 h = mix(mix(u64{key.kind} << 32 | key.parent) + place);
    for (std::size_t b = 0; b < kind_->image_size(); ++b) {
      h = (h ^ static_cast<u8>(all[k].image[b])) * 1099511628211ull;
    }
    sum += mix(h);
  }
  return sum;
}

void Turnover::forget() {
  for (Queue& q : of_) {
    q.dead.clear();
    q.born.clear();
    q.images.clear();
  }
}

void Turnover::apply(const Communicator& world, Tracer* tracer) {
  const std::vector<Row> dying = dead();
  const std::vector<Newborn> mine = newborn();
  u64 incomplete = 0;
  for (const Queue& q : of_) {
    incomplete += static_cast<u64>(std::count_if(q.born.begin(), q.born.end(), [&](const Birth& b) {
      return b.given != kind_->fixed_bits();
    }));
  }
  std::array<u64, 3> all = {mine.size(), dying.size(), incomplete};
  world.sum(std::span<u64>(all));
  if (all[2] != 0) {
    throw ContractError("kind '" + kind_->name() + "': " + std::to_string(all[2]) +
                        " rows are born without a value for every fixed column (it would stay 0). "
                        "Give it where they are born.");
  }
  const u64 next = kind_->partition().total();
  if (next + all[0] >= no_agent) {
    throw ContractError(
        "kind '" + kind_->name() +
        "' has no ids left (those of the dead are not used again). Run fewer steps, "
        "or with fewer births.");
  }
  if (all[0] + all[1] == 0) {
    return;
  }
  // A parent lives on one rank, so the parents of other ranks are before or after all births of
  // one here. Every rank is told the parents of every birth: 8 bytes each.
  std::vector<u64> elsewhere;
  if (!world.alone() && all[0] != 0) {
    std::vector<u64> parents;
    for (const Newborn& n : mine) {
      parents.push_back(u64{n.key.kind} << 32 | n.key.parent);
    }
    std::vector<std::vector<u64>> out(static_cast<std::size_t>(world.size()), parents);
    out[static_cast<std::size_t>(world.rank())].clear();
    world.exchange(out, elsewhere);
    std::sort(elsewhere.begin(), elsewhere.end());
  }
  std::vector<std::byte> images(mine.size() * kind_->image_size());
  std::size_t before = 0;
  for (std::size_t k = 0; k < mine.size(); ++k) {
    const u64 parent = u64{mine[k].key.kind} << 32 | mine[k].key.parent;
    while (before < elsewhere.size() && elsewhere[before] < parent) {
      ++before;
    }
    const auto id = static_cast<AgentId>(next + before + k);
    std::byte* const image = images.data() + k * kind_->image_size();
    std::memcpy(image, mine[k].image, kind_->image_size());
    std::memcpy(image, &id, sizeof id);
    if (tracer != nullptr) {
      tracer->born(*kind_, id, static_cast<KindTag>(mine[k].key.kind), mine[k].key.parent);
    }
  }
  if (tracer != nullptr) {
    for (const Row r : dying) {
      tracer->died(*kind_, kind_->partition().id_of(r));
    }
  }
  kind_->take_out(dying, Kind::Why::turnover);
  kind_->put_in(dying, images, Kind::Why::turnover);
  kind_->give_ids(static_cast<AgentId>(next + all[0]));
  born_ += all[0];
  died_ += all[1];
  forget();
}

}  // namespace throng
