#include "sim/archetype.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {
namespace {

/// f(span of the column's values as u8 or u16).
template <class F>
void with_values(const Kind& kind, const std::string& column, F&& f) {
  const Kind::Entry* entry = kind.find(column);
  ensures(entry != nullptr, "a feature is of a column that is there");
  const ColumnStore& store = *entry->store;
  if (store.info().type == DataType::u8_) {
    f(reinterpret_cast<const u8*>(store.data()));
  } else {
    ensures(store.info().type == DataType::u16_, "a feature is of a column of at most 16 bits");
    f(reinterpret_cast<const u16*>(store.data()));
  }
}

std::size_t values_of(const Kind& kind, const std::string& column) {
  const Kind::Entry* entry = kind.find(column);
  ensures(entry != nullptr, "a feature is of a column that is there");
  return entry->store->info().type == DataType::u8_ ? 256 : 65'536;
}

/// Labels of one row, in order of the features.
void labels_in_row(const Kind& kind, const std::vector<RowFeature>& features, Row row,
                   std::span<u16> out) {
  for (std::size_t f = 0; f < features.size(); ++f) {
    with_values(kind, features[f].column,
                [&](const auto* values) { out[f] = features[f].of(values[row]); });
  }
}

/// code[row] = crossed labels, for every row of this rank.
template <class Code>
void cross(const Kind& kind, const std::vector<RowFeature>& features, std::vector<Code>& code) {
  code.assign(kind.rows(), 0);
  u32 stride = 1;
  for (std::size_t f = features.size(); f-- > 0;) {
    std::vector<Code> part(values_of(kind, features[f].column));
    for (std::size_t v = 0; v < part.size(); ++v) {
      part[v] = static_cast<Code>(stride * features[f].of(v));
    }
    with_values(kind, features[f].column, [&](const auto* values) {
      parallel_for(kind.slices().count(), kind.rows(), [&](std::size_t s) {
        const auto [begin, end] = kind.slices().range(static_cast<u32>(s));
        for (Row r = begin; r < end; ++r) {
          code[r] = static_cast<Code>(code[r] + part[values[r]]);
        }
      });
    });
    stride *= static_cast<u32>(features[f].feature.labels.size());
  }
}

/// f(code) for every code that differs from this one by a step of one label.
template <class F>
void for_each_neighbor(const std::vector<RowFeature>& features, u32 code, F&& f) {
  u32 stride = 1, rest = code;
  for (std::size_t k = features.size(); k-- > 0;) {
    const auto labels = static_cast<u32>(features[k].feature.labels.size());
    if (rest % labels > 0) {
      f(code - stride);
    }
    if (rest % labels + 1 < labels) {
      f(code + stride);
    }
    rest /= labels;
    stride *= labels;
  }
}

constexpr Draw persona_draw = "decision.persona", audit_draw = "decision.audit",
               sample_draw = "decision.sample", taken_draw = "decision.taken";

/// One of so many rows, from two words: with a bias below 2^-32.
AgentId one_of(const Words& words, AgentId rows) {
  const u64 word = u64{words[0]} << 32 | words[1];
  __extension__ using u128 = unsigned __int128;
  return static_cast<AgentId>(static_cast<u128>(word) * rows >> 64);
}

/// The same number over all ranks.
std::vector<u64> summed(const Communicator& world, std::vector<u64> counts) {
  world.sum(counts);
  return counts;
}

}  // namespace

u64 labels_crossed(const std::vector<RowFeature>& features) {
  u64 count = 1;
  for (const RowFeature& f : features) {
    count = std::min<u64>(count * f.feature.labels.size(), u64{1} << 40);
  }
  return count;
}

u32 crossed(const std::vector<RowFeature>& features, std::span<const u16> labels) {
  u32 number = 0;
  for (std::size_t f = 0; f < features.size(); ++f) {
    number = number * static_cast<u32>(features[f].feature.labels.size()) + labels[f];
  }
  return number;
}

void uncrossed(const std::vector<RowFeature>& features, u32 number, std::span<u16> out) {
  for (std::size_t f = features.size(); f-- > 0;) {
    const auto labels = static_cast<u32>(features[f].feature.labels.size());
    out[f] = static_cast<u16>(number % labels);
    number /= labels;
  }
}

void name_bands(Feature& feature, std::span<const i64> lower) {
  if (lower.empty() ||
      std::adjacent_find(lower.begin(), lower.end(), std::greater_equal<>()) != lower.end()) {
    throw InputError(feature.name +
                     ": its bands do not ascend (each begins above the one before). Give lower "
                     "bounds, as in [0, 18, 65].");
  }
  for (std::size_t b = 0; b < lower.size(); ++b) {
    const bool last = b + 1 == lower.size();
    const i64 from = lower[b], to = last ? from : lower[b + 1] - 1;
    feature.labels.push_back(last         ? std::to_string(from) + "+"
                             : from == to ? std::to_string(from)
                                          : std::to_string(from) + "-" + std::to_string(to));
    feature.numbers.push_back(0.5 * static_cast<double>(from + to));
  }
}

RowFeature banded(Feature feature, std::string column, std::span<const i64> lower, u32 values) {
  RowFeature f;
  f.feature = std::move(feature);
  name_bands(f.feature, lower);
  f.column = std::move(column);
  f.label_of.resize(values);
  for (u32 v = 0; v < values; ++v) {
    const auto above = std::upper_bound(lower.begin(), lower.end(), i64{v});
    f.label_of[v] = static_cast<u16>(above == lower.begin() ? 0 : above - lower.begin() - 1);
  }
  f.otherwise = static_cast<u16>(lower.size() - 1);
  return f;
}

bool are_fixed(const Kind& kind, const std::vector<RowFeature>& features) {
  return std::all_of(features.begin(), features.end(), [&](const RowFeature& f) {
    const Kind::Entry* entry = kind.find(f.column);
    ensures(entry != nullptr, "a feature is of a column that is there");
    return entry->store->info().role == Role::fixed;
  });
}

Archetypes::Archetypes(std::vector<RowFeature> features) : features_(std::move(features)) {
  ensures(features_.size() <= 16, "an archetype has at most 16 features");
  const u64 count = labels_crossed(features_);
  if (count > most) {
    throw InputError("archetype: its features make " + std::to_string(count) +
                     " kinds of people (65,535 can be told apart). Take fewer features, or wider "
                     "bands.");
  }
  count_ = static_cast<u32>(count);
}

Archetypes Archetypes::everyone(AgentId rows) {
  if (rows > most) {
    throw InputError("archetype: everybody is asked alone, and there are " + std::to_string(rows) +
                     " (65,535 can be). Ask archetypes, or a smaller population.");
  }
  Archetypes all({});
  all.count_ = rows;
  all.everyone_ = true;
  return all;
}

Archetypes Archetypes::sampled(AgentId rows, u32 sample, const Chance& chance, u32 decision) {
  if (sample == 0 || sample > rows || sample > most) {
    throw InputError(std::string("sample: ") + std::to_string(sample) +
                     " single people cannot be asked of " + std::to_string(rows) +
                     " (at least one, at most all, and 65,535). Choose another number.");
  }
  Archetypes some({});
  some.count_ = sample;
  some.everyone_ = true;
  some.chance_ = chance;
  some.decision_ = decision;
  std::set<AgentId> drawn;
  for (u32 i = 0; drawn.size() < sample; ++i) {
    const AgentId who = one_of(chance.words(0, i, 0, sample_draw, decision), rows);
    if (drawn.insert(who).second) {
      some.sample_.push_back(who);
    }
  }
  return some;
}

void Archetypes::index(const Communicator& world, const Kind& kind) {
  ensures(!kind.listed() && !kind.replicated(), "archetypes are of rows that stay where they are");
  fixed_ = are_fixed(kind, features_);
  parts_.clear();
  u32 stride = 1;
  for (std::size_t f = features_.size(); f-- > 0;) {
    const ColumnStore& store = *kind.find(features_[f].column)->store;
    CodePart part{.values = store.data(), .wide = store.info().type == DataType::u16_, .adds = {}};
    part.adds.resize(values_of(kind, features_[f].column));
    for (std::size_t v = 0; v < part.adds.size(); ++v) {
      part.adds[v] = static_cast<u16>(stride * features_[f].of(v));
    }
    parts_.push_back(std::move(part));
    stride *= static_cast<u32>(features_[f].feature.labels.size());
  }
  fill_codes(kind);
  count_rows(world);
}

void Archetypes::renew(const Communicator& world, const Kind& kind) {
  if (!fixed_) {
    fill_codes(kind);
    count_rows(world);
  }
}

void Archetypes::fill_codes(const Kind& kind) {
  if (everyone_) {
    codes_.resize(kind.rows());
    for (Row r = 0; r < kind.rows(); ++r) {
      const AgentId id = kind.partition().id_of(r);
      codes_[r] = static_cast<u16>(
          sample_.empty() ? id : one_of(chance_.words(0, id, 0, taken_draw, decision_), count_));
    }
    for (u32 c = 0; c < sample_.size(); ++c) {  // who is asked takes the own answer
      if (kind.partition().is_mine(sample_[c])) {
        codes_[kind.partition().row_of(sample_[c])] = static_cast<u16>(c);
      }
    }
    return;
  }
  cross(kind, features_, codes_);
  if (!asked_as_.empty()) {
    parallel_for(kind.slices().count(), kind.rows(), [&](std::size_t s) {
      const auto [begin, end] = kind.slices().range(static_cast<u32>(s));
      for (Row r = begin; r < end; ++r) {
        codes_[r] = asked_as_[codes_[r]];
      }
    });
  }
}

void Archetypes::count_rows(const Communicator& world) {
  constexpr std::size_t block = 1 << 16;
  const std::size_t blocks = (codes_.size() + block - 1) / block;
  std::vector<std::vector<u64>> by_thread(static_cast<std::size_t>(thread_count()));
  parallel_for(blocks, codes_.size(), [&](std::size_t b) {
    auto& counts = by_thread[static_cast<std::size_t>(thread_number())];
    counts.resize(count_);
    const std::size_t end = std::min(codes_.size(), (b + 1) * block);
    for (std::size_t r = b * block; r < end; ++r) {
      ++counts[codes_[r]];
    }
  });
  std::vector<u64> counts(count_);
  for (const auto& some : by_thread) {
    for (std::size_t c = 0; c < some.size(); ++c) {
      counts[c] += some[c];
    }
  }
  mass_ = summed(world, std::move(counts));
}

void Archetypes::labels_of(u32 code, std::span<u16> out) const { uncrossed(features_, code, out); }

u64 Archetypes::identity(u32 code) const {
  u64 hash = 14695981039346656037u;
  const auto add = [&](const std::string& text) {
    for (const char c : text) {
      hash = (hash ^ static_cast<u8>(c)) * 1099511628211u;
    }
    hash = (hash ^ 0xFF) * 1099511628211u;  // ends a text: no byte of UTF-8
  };
  const auto add_labels = [&](u32 of) {
    std::array<u16, 16> labels;
    labels_of(of, labels);
    for (std::size_t f = 0; f < features_.size(); ++f) {
      add(features_[f].feature.name);
      add(features_[f].feature.labels[labels[f]]);
    }
  };
  if (everyone_) {
    add(std::to_string(row_of(code)));
    return hash;
  }
  add_labels(code);
  add_labels(asked_as(code));
  return hash;
}

u32 Archetypes::within_reach() const {
  u32 count = 0;
  for (u32 c = 0; c < count_; ++c) {
    count += asked_as_.empty() || asked_as_[c] == c ? 1 : 0;
  }
  return count;
}

std::vector<u16> Archetypes::nearest(std::span<const u64> mass) const {
  std::vector<u16> of(count_);
  std::vector<u32> reached;
  std::vector<u8> known(count_);
  for (u32 c = 0; c < count_; ++c) {
    if (mass[c] > 0) {
      of[c] = static_cast<u16>(c);
      known[c] = 1;
      reached.push_back(c);
    }
  }
  // From those with rows outward, a step at a time: whoever is nearest to a code is nearest to the
  // code before it on the way.
  const auto better = [&](u16 a, u16 b) {
    return mass[a] > mass[b] || (mass[a] == mass[b] && a < b);
  };
  while (!reached.empty()) {
    std::vector<u32> next;
    for (const u32 c : reached) {
      for_each_neighbor(features_, c, [&](u32 other) {
        if (known[other] == 0) {
          known[other] = 2;
          of[other] = of[c];
          next.push_back(other);
        } else if (known[other] == 2 && better(of[c], of[other])) {
          of[other] = of[c];
        }
      });
    }
    for (const u32 c : next) {
      known[c] = 1;
    }
    reached = std::move(next);
  }
  return known.empty() || known[0] == 0 ? std::vector<u16>() : of;
}

std::optional<u32> Archetypes::neighbor(u32 code) const {
  std::optional<u32> best;
  u32 stride = 1, rest = code;
  for (std::size_t f = features_.size(); f-- > 0 && !best;) {
    const auto labels = static_cast<u32>(features_[f].feature.labels.size());
    const u32 label = rest % labels;
    if (label > 0 && mass_[code - stride] > 0) {
      best = code - stride;
    }
    if (label + 1 < labels && mass_[code + stride] > (best ? mass_[*best] : 0)) {
      best = code + stride;
    }
    rest /= labels;
    stride *= labels;
  }
  return best;
}

u64 Archetypes::merge_below(u64 least) {
  if (everyone_ || least < 2) {
    return 0;
  }
  const std::vector<u64> own = mass_;
  std::vector<u16> as(count_);
  for (u32 c = 0; c < count_; ++c) {
    as[c] = static_cast<u16>(c);
    if (mass_[c] == 0 || mass_[c] >= least) {
      continue;
    }
    if (const auto other = neighbor(c)) {
      mass_[*other] += std::exchange(mass_[c], 0);
      as[c] = static_cast<u16>(*other);
    }
  }
  // A neighbor that came before stays: it has enough rows, or it would have come here. One that
  // comes after may have gone on to another.
  u64 moved = 0;
  for (u32 c = count_; c-- > 0;) {
    as[c] = as[as[c]];
    moved += as[c] == c ? 0 : own[c];
  }
  for (u16& code : codes_) {
    code = as[code];
  }
  asked_as_ = std::move(as);
  return moved;
}

// ---- single rows --------------------------------------------------------------------------------

namespace {

/// Labels of rows, wherever they live: one list of numbers that all ranks have. Collective.
std::vector<u16> labels_of_rows(const Communicator& world, const Kind& kind,
                                const std::vector<RowFeature>& features,
                                std::span<const AgentId> who) {
  std::vector<u64> all(who.size() * features.size());
  std::vector<u16> labels(features.size());
  for (std::size_t i = 0; i < who.size(); ++i) {
    if (who[i] == no_agent || !kind.partition().is_mine(who[i])) {
      continue;
    }
    labels_in_row(kind, features, kind.partition().row_of(who[i]), labels);
    std::copy(labels.begin(), labels.end(), all.begin() + static_cast<i64>(i * features.size()));
  }
  world.sum(all);
  return {all.begin(), all.end()};
}

/// The feature groups that stand for the middles of K equal parts of an archetype's rows.
std::vector<u32> middles(std::span<const u64> counts, u32 parts) {
  u64 total = 0;
  for (const u64 n : counts) {
    total += n;
  }
  std::vector<u32> groups;
  u64 below = 0;
  u32 group = 0;
  for (u32 k = 0; k < parts && total > 0; ++k) {
    // The row at the middle of part k, counted from 0.
    const u64 at = (2 * u64{k} + 1) * total / (2 * parts);
    while (below + counts[group] <= at) {
      below += counts[group++];
    }
    groups.push_back(group);
  }
  return groups;
}

/// Smallest keyed number first, then the smallest id: one that all ranks agree on.
struct Chosen {
  u64 key = ~u64{0};
  AgentId who = no_agent;
  friend bool operator<(const Chosen& a, const Chosen& b) {
    return std::pair(a.key, a.who) < std::pair(b.key, b.who);
  }
};

/// The smallest of all ranks, in each place. A part at a time: every rank sends to every other.
void agree(const Communicator& world, std::vector<Chosen>& best) {
  constexpr std::size_t at_once = 1 << 14;
  for (std::size_t from = 0; from < best.size() && !world.alone(); from += at_once) {
    const std::span part = std::span(best).subspan(from, std::min(at_once, best.size() - from));
    const std::vector<std::vector<Chosen>> out(static_cast<std::size_t>(world.size()),
                                               {part.begin(), part.end()});
    std::vector<Chosen> others;
    world.exchange(out, others);
    for (std::size_t i = 0; i < others.size(); ++i) {
      part[i % part.size()] = std::min(part[i % part.size()], others[i]);
    }
  }
}

}  // namespace

std::array<Draw, 4> archetype_draws() {
  return {persona_draw, audit_draw, sample_draw, taken_draw};
}

Personas stratified(const Communicator& world, const Kind& kind, const Archetypes& archetypes,
                    const std::vector<RowFeature>& outside, u32 per_archetype, const Chance& chance,
                    u32 decision) {
  const u64 groups = labels_crossed(outside);
  constexpr u64 most_groups = u64{1} << 22;
  if (groups * archetypes.count() > most_groups && !archetypes.of_single_rows()) {
    throw InputError("personas: " + std::to_string(groups * archetypes.count()) +
                     " kinds of people by the features of archetypes and personas together "
                     "(4,194,304 can be sorted). Take fewer persona features, or wider bands.");
  }
  Personas all = {.per_archetype = per_archetype,
                  .features = static_cast<u32>(outside.size()),
                  .labels = {},
                  .who = {}};
  all.who.assign(std::size_t{archetypes.count()} * per_archetype, no_agent);
  if (archetypes.of_single_rows()) {
    for (std::size_t i = 0; i < all.who.size(); ++i) {
      all.who[i] = archetypes.row_of(static_cast<u32>(i / per_archetype));
    }
    all.labels = labels_of_rows(world, kind, outside, all.who);
    return all;
  }
  std::vector<u32> group;
  cross(kind, outside, group);
  std::vector<u64> counts(archetypes.count() * groups);
  for (Row r = 0; r < kind.rows(); ++r) {
    ++counts[archetypes.code(r) * groups + group[r]];
  }
  counts = summed(world, std::move(counts));

  // Of the rows of a group, the one with the smallest of its own numbers for this stratum.
  std::vector<std::vector<u32>> wanted(archetypes.count() * groups);  // strata of a group
  for (u32 a = 0; a < archetypes.count(); ++a) {
    const auto chosen = middles(std::span(counts).subspan(a * groups, groups), per_archetype);
    for (u32 k = 0; k < chosen.size(); ++k) {
      wanted[a * groups + chosen[k]].push_back(a * per_archetype + k);
    }
  }
  std::vector<Chosen> best(all.who.size());
  for (Row r = 0; r < kind.rows(); ++r) {
    const AgentId id = kind.partition().id_of(r);
    for (const u32 stratum : wanted[archetypes.code(r) * groups + group[r]]) {
      const Words w = chance.words(kind.tag(), id, 0, persona_draw,
                                   (decision + stratum % per_archetype) & Counter::max_index);
      const u64 key = u64{w[0]} << 32 | w[1];
      best[stratum] = std::min(best[stratum], Chosen{key, id});
    }
  }
  agree(world, best);
  for (std::size_t i = 0; i < best.size(); ++i) {
    all.who[i] = best[i].who;
  }
  all.labels = labels_of_rows(world, kind, outside, all.who);
  return all;
}

Audit audited(const Communicator& world, const Kind& kind, const Archetypes& archetypes,
              const std::vector<RowFeature>& outside, u32 rows, Step step, const Chance& chance,
              u32 decision) {
  Audit audit;
  const AgentId total = kind.partition().total();
  if (total == 0) {
    return audit;
  }
  for (u32 i = 0; i < rows; ++i) {
    audit.who.push_back(one_of(chance.words(kind.tag(), i, step, audit_draw, decision), total));
  }
  std::vector<u64> codes(2 * std::size_t{rows});
  for (u32 i = 0; i < rows; ++i) {
    if (kind.partition().is_mine(audit.who[i])) {
      const Row row = kind.partition().row_of(audit.who[i]);
      codes[i] = archetypes.code(row);
      codes[rows + i] = archetypes.own_code(row);
    }
  }
  world.sum(codes);
  audit.archetype.assign(codes.begin(), codes.begin() + rows);
  audit.own.assign(codes.begin() + rows, codes.end());
  audit.labels = labels_of_rows(world, kind, outside, audit.who);
  return audit;
}

}  // namespace throng
