#include "sim/chance.h"

#include <algorithm>
#include <string>

#include "sim/chance_lanes.h"

namespace throng {
namespace {
// Counters handled at a time where they are first laid out lane by lane.
constexpr std::size_t block = 4 * lanes::width;
}  // namespace

void Chance::fill(std::span<const AgentId> ids, KindTag kind, Step step, Draw name, u32 index,
                  Words* out) const {
  const lanes::Rest rest{second_word(kind, index), step, name.hash};
  const std::size_t whole = ids.size() / lanes::width * lanes::width;
  lanes::fill(seed_, ids.data(), whole, rest, out);
  const std::size_t left = ids.size() - whole;
  if (left <= 1) {
    if (left == 1) {
      out[whole] = words(kind, ids[whole], step, name, index);
    }
    return;
  }
  std::array<AgentId, lanes::width> some_ids{};
  std::array<Words, lanes::width> some_words;
  std::copy_n(ids.data() + whole, left, some_ids.data());
  lanes::fill(seed_, some_ids.data(), lanes::width, rest, some_words.data());
  std::copy_n(some_words.data(), left, out + whole);
}

void Chance::fill(std::span<const Counter> counters, Words* out) const {
  lanes::Laid<block> laid{};
  std::array<Words, block> some_words;
  for (std::size_t at = 0; at < counters.size(); at += block) {
    const std::size_t n = std::min(block, counters.size() - at);
    if (n == 1) {
      out[at] = words(counters[at]);
      return;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const Counter& c = counters[at + i];
      laid.c0[i] = c.id;
      laid.c1[i] = second_word(c.kind, c.index);
      laid.c2[i] = c.step;
      laid.c3[i] = c.name;
    }
    const std::size_t padded = (n + lanes::width - 1) / lanes::width * lanes::width;
    lanes::fill(seed_, laid, padded, some_words.data());
    std::copy_n(some_words.data(), n, out + at);
  }
}

void Chance::dense_words(AgentId first, KindTag kind, Step step, Draw name, u32 index,
                         std::span<u32> out) const {
  std::size_t at = 0;
  const auto one_by_one = [&](std::size_t end) {
    for (; at < end; ++at) {
      out[at] = dense_word(static_cast<AgentId>(first + at), kind, step, name, index);
    }
  };
  one_by_one(std::min<std::size_t>(out.size(), (4 - first % 4) % 4));
  const std::size_t counters = (out.size() - at) / 4 / lanes::width * lanes::width;
  if (counters > 0) {
    const lanes::Rest rest{second_word(kind, index), step, dense_hash(name.hash)};
    lanes::dense(seed_, static_cast<u32>((first + at) / 4), counters, rest, out.data() + at);
    at += 4 * counters;
  }
  while (at < out.size()) {
    const AgentId id = static_cast<AgentId>(first + at);
    const Words w = philox({id / 4, second_word(kind, index), step, dense_hash(name.hash)});
    const std::size_t end = std::min(out.size(), at + 4 - id % 4);
    for (std::size_t k = id % 4; at < end; ++at, ++k) {
      out[at] = w[k];
    }
  }
}

void Chance::dense_below(AgentId first, KindTag kind, Step step, Draw name, u32 index,
                         std::span<const u8> class_of, std::span<const u32> limit_of,
                         std::span<u8> out) const {
  ensures(class_of.size() == out.size(), "a dense draw has one class and one result per row");
  constexpr std::size_t rows = 1024;
  alignas(64) std::array<u32, rows> some_words;
  for (std::size_t at = 0; at < out.size();) {
    // Blocks begin at whole counters, so that only the first and the last of them have edges.
    const std::size_t n = std::min(out.size() - at, rows - (first + at) % 4);
    dense_words(static_cast<AgentId>(first + at), kind, step, name, index, {some_words.data(), n});
    lanes::below(some_words.data(), class_of.data() + at, limit_of, out.data() + at, n);
    at += n;
  }
}

void DrawNames::add(Draw draw) {
  for (const u32 key : {draw.hash, Chance::dense_hash(draw.hash)}) {
    const auto [at, is_new] = names_.try_emplace(key, draw.name);
    if (!is_new && at->second != draw.name) {
      throw ContractError("draw '" + std::string(draw.name) + "': has the hash of draw '" +
                          std::string(at->second) +
                          "' (two draws would share their luck). Rename one of them.");
    }
  }
}

void DrawNames::add(Draw draw, std::string_view owner) {
  add(draw);
  const auto [at, is_new] = owner_of_.try_emplace(draw.hash, owner);
  if (!is_new && at->second != owner) {
    throw ContractError("draw '" + std::string(draw.name) + "': is drawn by " + at->second +
                        " and by " + std::string(owner) +
                        " (they would share their luck). Name one of them otherwise, or say that "
                        "they share it (Binder::shares_draw).");
  }
}

}  // namespace throng
