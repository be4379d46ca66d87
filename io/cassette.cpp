#include "io/cassette.h"

#include <algorithm>
#include <utility>

#include "io/asking_json.h"
#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\r\n";
  for (auto begin = text.find_first_not_of(blanks); begin != text.npos;) {
    const auto end = std::min(text.find_first_of(blanks, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(blanks, end);
  }
  return words;
}

/// Where two texts differ: words before, and of each those between what they share.
struct Difference {
  std::size_t before = 0, mine = 0, theirs = 0;
  std::size_t size() const { return std::max(mine, theirs); }
};

Difference difference(const std::vector<std::string_view>& mine,
                      const std::vector<std::string_view>& theirs) {
  const std::size_t shorter = std::min(mine.size(), theirs.size());
  std::size_t before = 0, after = 0;
  while (before < shorter && mine[before] == theirs[before]) {
    ++before;
  }
  while (after < shorter - before &&
         mine[mine.size() - 1 - after] == theirs[theirs.size() - 1 - after]) {
    ++after;
  }
  return {before, mine.size() - before - after, theirs.size() - before - after};
}

/// A few words of a text, with one before them.
std::string excerpt(const std::vector<std::string_view>& words, std::size_t from,
                    std::size_t count) {
  constexpr std::size_t most_words = 12, most_characters = 120;
  const std::size_t begin = from > 0 ? from - 1 : 0;
  const std::size_t end = std::min(from + std::min(count, most_words), words.size());
  std::string text(begin > 0 ? "..." : "");
  for (std::size_t k = begin; k < end; ++k) {
    text.append(text.empty() ? "" : " ").append(words[k]);
  }
  const bool is_cut = text.size() > most_characters;
  if (is_cut) {
    text = first_characters(text, most_characters);
  }
  return text.append(is_cut || end < words.size() ? " ..." : "");
}

std::string shown(std::string_view whole) {
  const auto words = words_of(whole);
  std::string text = "'";
  return text.append(excerpt(words, 0, words.size())).append("'");
}

std::string shown(double number) { return formatted("%g", number); }
std::string shown(i64 number) { return std::to_string(number); }
std::string shown(u32 number) { return std::to_string(number); }
std::string shown(const std::optional<i64>& number) {
  return number ? std::to_string(*number) : "none";
}

using Asked = std::pair<ModelSettings, ModelQuestion>;

/// f(name, asked, recorded) for each field that is no message.
template <class F>
void for_each_field(const Asked& a, const Asked& b, F&& f) {
  f("dialect", std::string_view(a.first.dialect), std::string_view(b.first.dialect));
  f("model", std::string_view(a.first.model), std::string_view(b.first.model));
  f("temperature", a.first.temperature, b.first.temperature);
  f("top_p", a.first.top_p, b.first.top_p);
  f("max_tokens", a.first.max_tokens, b.first.max_tokens);
  f("seed", a.first.seed, b.first.seed);
  f("sample", a.second.sample, b.second.sample);
  f("option_order", a.second.option_order, b.second.option_order);
  f("schema", std::string_view(a.second.schema), std::string_view(b.second.schema));
}

/// How far two questions are from each other: words of messages, then fields.
std::pair<std::size_t, std::size_t> distance(const Asked& a, const Asked& b) {
  std::size_t fields = 0;
  for_each_field(a, b, [&](const char*, const auto& x, const auto& y) { fields += x != y; });
  std::size_t words = 0;
  for (const auto message : {&ModelQuestion::system, &ModelQuestion::user}) {
    words += difference(words_of(a.second.*message), words_of(b.second.*message)).size();
  }
  return {words, fields};
}

std::string told(const Asked& asked, const Asked& recorded) {
  std::string text;
  for_each_field(asked, recorded, [&](const char* name, const auto& x, const auto& y) {
    if (x != y) {
      text.append("; ").append(name).append(" is ").append(shown(x));
      text.append(", recorded is ").append(shown(y));
    }
  });
  const std::pair<const char*, std::string ModelQuestion::*> messages[] = {
      {"the system's message", &ModelQuestion::system},
      {"the user's message", &ModelQuestion::user}};
  for (const auto& [name, message] : messages) {
    const auto mine = words_of(asked.second.*message), theirs = words_of(recorded.second.*message);
    const Difference d = difference(mine, theirs);
    if (d.size() > 0) {
      text.append("; ").append(name).append(" has, from word ");
      text.append(std::to_string(d.before + 1)).append(" on, '");
      text.append(excerpt(mine, d.before, d.mine)).append("', recorded is '");
      text.append(excerpt(theirs, d.before, d.theirs)).append("'");
    } else if (asked.second.*message != recorded.second.*message) {
      text.append("; ").append(name).append(" has other blanks");
    }
  }
  return text.empty() ? text : text.substr(2);
}

}  // namespace

Cassette::Cassette(Ledger ledger) : ledger_(std::move(ledger)), tried_(ledger_.questions()) {
  for (const Ledger::AskedRow& row : ledger_.asked()) {
    tried_[row.question][row.step];  // asked, and maybe never tried
  }
  std::vector<std::map<Step, bool>> is_over(ledger_.questions());
  for (std::size_t k = 0; k < ledger_.attempts().size(); ++k) {
    const Ledger::AttemptRow& row = ledger_.attempts()[k];
    auto& rows = tried_[row.question][row.step];
    // Of several seeds, those of the first: the next one's begin with number 0 again.
    bool& over = is_over[row.question][row.step];
    over = over || (!rows.empty() && row.number <= ledger_.attempts()[rows.back()].number);
    if (!over) {
      rows.push_back(static_cast<u32>(k));
    }
  }
}

std::optional<Reply> Cassette::find(const std::string& key) {
  const auto question = ledger_.find(key);
  if (!question || tried_[*question].empty()) {
    return std::nullopt;
  }
  const auto& by_epoch = tried_[*question];
  auto at = epoch_ ? by_epoch.upper_bound(*epoch_) : by_epoch.end();
  at = at == by_epoch.begin() ? at : std::prev(at);
  Reply reply{.key = key, .from = Reply::From::cassette, .attempts = {}};
  for (const u32 row : at->second) {
    reply.attempts.push_back(ledger_.attempt(row));
  }
  return reply;
}

void Cassette::put(const std::string&, const Reply&) { ensures(false, "a replay asks nobody"); }

std::string Cassette::nearest(const std::string& canonical) const {
  if (ledger_.questions() == 0) {
    return "Nothing was recorded.";
  }
  const Asked asked = read_canonical(canonical, "question");
  std::optional<std::pair<std::size_t, std::size_t>> least;
  std::size_t nearest = 0;
  Asked recorded;
  for (std::size_t q = 0; q < ledger_.questions(); ++q) {
    Asked other = read_canonical(ledger_.canonical(q), "recorded question");
    const auto far = distance(asked, other);
    if (!least || far < *least) {
      least = far;
      nearest = q;
      recorded = std::move(other);
    }
  }
  const std::string differs = told(asked, recorded);
  return "The nearest of " + counted(ledger_.questions(), "recorded question") + " (" +
         std::string(ledger_.key(nearest).substr(0, 12)) +
         "...): " + (differs.empty() ? "is the same" : differs) + ".";
}

}  // namespace throng
