#include "scenarios/scenario_file.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "io/checks.h"
#include "io/toml_file.h"
#include "scenarios/date_names.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/resolve.h"
#include "scenarios/toml_text.h"
#include "sim/error.h"

namespace throng {
namespace {
namespace fs = std::filesystem;

// Tables join key by key, everything else is replaced.
void merge(RawTable& under, const RawTable& over) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < under.size(); ++i) {
    places.emplace(under[i].key, i);
  }
  for (const RawEntry& entry : over) {
    const auto place = places.find(entry.key);
    if (place == places.end()) {
      under.push_back(entry);
      continue;
    }
    RawEntry* present = &under[place->second];
    RawTable* inner = present->value.as<RawTable>();
    const RawTable* outer = entry.value.as<RawTable>();
    if (inner == nullptr || outer == nullptr) {
      *present = entry;
      continue;
    }
    merge(*inner, *outer);
    present->key_place = entry.key_place;
    present->value.place = entry.value.place;
  }
}

// The table that holds the last word of a dotted key, and that word; null where there is none.
std::pair<RawTable*, std::string> owner_of(RawTable& table, std::string_view dotted) {
  RawTable* at = &table;
  for (auto dot = dotted.find('.'); dot != std::string_view::npos; dot = dotted.find('.')) {
    RawEntry* entry = find(*at, dotted.substr(0, dot));
    at = entry == nullptr ? nullptr : entry->value.as<RawTable>();
    if (at == nullptr) {
      return {nullptr, ""};
    }
    dotted.remove_prefix(dot + 1);
  }
  return {at, std::string(dotted)};
}

const RawValue* value_at(const RawTable& table, std::string_view dotted) {
  const auto [owner, key] = owner_of(const_cast<RawTable&>(table), dotted);
  const RawEntry* entry = owner == nullptr ? nullptr : find(*owner, key);
  return entry == nullptr ? nullptr : &entry->value;
}

// Merges what stands nearer over what it is built upon.
void lay_over(const Schema& schema, RawTable& under, const RawTable& over) {
  for (const auto& keys : schema.alternatives()) {
    if (std::none_of(keys.begin(), keys.end(),
                     [&](const auto& k) { return value_at(over, k) != nullptr; })) {
      continue;
    }
    for (const std::string& covered : keys) {
      if (const auto [owner, key] = owner_of(under, covered); owner != nullptr) {
        std::erase_if(*owner, [&key = key](const RawEntry& e) { return e.key == key; });
      }
    }
  }
  merge(under, over);
}

// Files that name each other twice double with each: thirty of them would be read for years.
constexpr std::size_t most_bases = 100;

// A file, and below it those it builds on.
struct Layer {
  RawTable own;
  std::shared_ptr<const Source> source;
  std::vector<Layer> bases;  // later ones win
  bool has_base = false;
};

// Files that build on each other, read.
class Reader {
 public:
  explicit Reader(const ScenarioOptions& options)
      : load_(options.load ? options.load : read_text_file) {}

  Layer read(std::string_view text, const std::shared_ptr<const Source>& source) {
    files_.push_back(source->name);
    Layer layer;
    layer.source = source;
    try {
      layer.own = parse_toml(text, source);
    } catch (const ReadError& error) {
      for (const Mistake& mistake : error.mistakes()) {
        mistakes.add(mistake.place, mistake.check, mistake.text);
      }
      incomplete = true;
      return layer;
    }
    const auto base = std::find_if(layer.own.begin(), layer.own.end(),
                                   [](const RawEntry& entry) { return entry.key == "base"; });
    if (base != layer.own.end()) {
      const RawValue written = base->value;
      layer.own.erase(base);
      layer.has_base = true;
      read_bases(written, layer.bases);
    }
    return layer;
  }

  std::shared_ptr<const Source> source(std::string name, const fs::path& folder) {
    return std::make_shared<Source>(Source{std::move(name), folder.string(), next_order_++});
  }

  std::string load(const fs::path& path) const { return load_(path); }
  void open(const fs::path& path) { open_.push_back(fs::weakly_canonical(path)); }
  const std::vector<std::string>& files() const { return files_; }

  Mistakes mistakes;
  bool incomplete = false;  ///< a file is missing: what it holds is not

 private:
  void read_bases(const RawValue& written, std::vector<Layer>& bases) {
    const RawArray one = {written};
    const RawArray* list = written.as<RawArray>();
    for (const RawValue& item : list != nullptr ? *list : one) {
      const std::string* name = item.as<std::string>();
      if (name == nullptr || name->empty()) {
        report(mistakes, item.place, check::base_type, {"not a file name"});
        incomplete = true;
        continue;
      }
      read_base(*name, item.place, bases);
    }
  }

  void read_base(const std::string& name, const SourcePlace& place, std::vector<Layer>& bases) {
    const fs::path path = (fs::path(place.source->directory) / name).lexically_normal();
    std::error_code ignored;
    const fs::path full = fs::weakly_canonical(path, ignored);
    if (std::find(open_.begin(), open_.end(), full) != open_.end()) {
      report(mistakes, place, check::base_cycle, {name, chain(full)});
      incomplete = true;
      return;
    }
    if (files_.size() > most_bases) {
      if (!std::exchange(incomplete, true)) {
        report(mistakes, place, check::base_count, {name, std::to_string(most_bases)});
      }
      return;
    }
    std::string text;
    try {
      text = load_(path);
    } catch (const IoError& error) {
      report(mistakes, place, check::base_unreadable, {name, reason(error)});
      incomplete = true;
      return;
    }
    open_.push_back(full);
    bases.push_back(read(text, source(path.string(), path.parent_path())));
    open_.pop_back();
  }

  // "a.toml -> b.toml -> a.toml"
  std::string chain(const fs::path& again) const {
    std::string names;
    for (auto file = std::find(open_.begin(), open_.end(), again); file != open_.end(); ++file) {
      names += file->filename().string() + " -> ";
    }
    return names + again.filename().string();
  }

  std::function<std::string(const fs::path&)> load_;
  std::vector<fs::path> open_;  // the files we are in, outermost first
  std::vector<std::string> files_;
  u32 next_order_ = 1;
};

bool bare_words(std::string_view text) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f &&
           std::string_view("\"'[]{}=,#\\").find(c) == std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

// "run.seed=7" as the tree {run = {seed = 7}}; nothing where it cannot be read. Throws ReadError
// with a number too large to be one: it is not taken for a word.
std::optional<RawTable> parse_override(const std::string& text,
                                       const std::shared_ptr<const Source>& source) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || text.find_first_of("\n\r") != std::string::npos) {
    return std::nullopt;
  }
  const std::string key = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  for (const std::string& written : {value, toml_string(value)}) {
    try {
      RawTable table = parse_toml(key + " = " + written + "\n", source);
      return table.size() == 1 ? std::optional(std::move(table)) : std::nullopt;
    } catch (const ReadError& error) {
      if (error.mistakes().front().check == check::integer_too_large.id) {
        throw;
      }
      if (!bare_words(value)) {
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

// An override is one short line: its place is the whole of it.
void forget_lines(RawTable& table) {
  for (RawEntry& entry : table) {
    entry.key_place.line = entry.value.place.line = 0;
    std::vector<RawValue*> open = {&entry.value};
    while (!open.empty()) {
      RawValue* value = open.back();
      open.pop_back();
      value->place.line = value->place.column = 0;
      if (RawTable* inner = value->as<RawTable>()) {
        forget_lines(*inner);
      } else if (RawArray* items = value->as<RawArray>()) {
        for (RawValue& item : *items) {
          open.push_back(&item);
        }
      }
    }
  }
}

std::string dotted_key(const RawTable& table) {
  std::string name;
  for (const RawTable* at = &table; at != nullptr && at->size() == 1;
       at = at->front().value.as<RawTable>()) {
    name.append(name.empty() ? "" : ".").append(toml_key(at->front().key));
  }
  return name;
}

struct Overriding {
  RawTable table;
  SourcePlace place;
};

std::vector<Overriding> read_overrides(const std::vector<std::string>& set, Reader& reader) {
  std::vector<Overriding> all;
  std::map<std::string, std::string> seen;
  for (const std::string& text : set) {
    const auto source = reader.source("--set " + text, fs::path());
    const SourcePlace place{source, 0, 0};
    std::optional<RawTable> table;
    try {
      table = parse_override(text, source);
    } catch (const ReadError& error) {
      const Mistake& mistake = error.mistakes().front();
      reader.mistakes.add(place, mistake.check, mistake.text);
      continue;
    }
    if (!table) {
      report(
          reader.mistakes, place, check::override_syntax,
          {text.find('=') == std::string::npos ? "it has no '='" : "its key or value is not TOML"});
      continue;
    }
    forget_lines(*table);
    const std::string key = text.substr(0, text.find('='));
    if (!seen.emplace(dotted_key(*table), text).second) {
      report(reader.mistakes, place, check::override_twice, {key});
      continue;
    }
    all.push_back({std::move(*table), place});
  }
  return all;
}

// ---- which schema is followed -------------------------------------------------------------------

// The value of a dotted key in the layer nearest to the reader, or null.
const RawValue* nearest(const Layer& layer, std::string_view key) {
  const RawValue* value = value_at(layer.own, key);
  for (auto base = layer.bases.rbegin(); value == nullptr && base != layer.bases.rend(); ++base) {
    value = nearest(*base, key);
  }
  return value;
}

// Every file is checked by itself, so that a mistake is reported even where another file covers it.
void check_layers(const Followed& followed, const Layer& layer, DateNames& dates,
                  Mistakes& mistakes) {
  for (const Layer& base : layer.bases) {
    check_layers(followed, base, dates, mistakes);
  }
  resolve(followed, layer.own, {layer.source, 0, 0}, Completeness::part, dates, mistakes);
}

Followed first_of(const Schema& schema) {
  const Schema::Variant& first = schema.variants().front();
  return {first.schema, schema, first.word};
}

// Where a file that could not be read may have chosen: the word of which the others say most.
Followed best_guess(const Schema& schema, const Layer& layer) {
  const Schema::Variant* best = nullptr;
  std::size_t least = 0;
  for (const Schema::Variant& variant : schema.variants()) {
    Mistakes mistakes;
    DateNames none({});
    check_layers({variant.schema, schema, variant.word}, layer, none, mistakes);
    const auto foreign = static_cast<std::size_t>(
        std::count_if(mistakes.list().begin(), mistakes.list().end(),
                      [](const Mistake& m) { return m.check == check::of_another_model.id; }));
    if (best == nullptr || foreign < least) {
      best = &variant;
      least = foreign;
    }
  }
  return {best->schema, schema, best->word};
}

// Throws ReadError where the word that chooses is none: what else is wrong depends on it.
Followed follow(const Schema& schema, const Layer& layer,
                const std::vector<Overriding>& overridings, Reader& reader) {
  if (schema.variants().empty()) {
    return {schema, schema};
  }
  const std::string& key = schema.chosen_by();
  const RawValue* value = nearest(layer, key);
  for (const Overriding& o : overridings) {
    const RawValue* given = value_at(o.table, key);
    value = given != nullptr ? given : value;
  }
  if (value == nullptr) {
    return reader.incomplete ? best_guess(schema, layer) : first_of(schema);
  }
  const std::string* word = value->as<std::string>();
  const auto& variants = schema.variants();
  const auto chosen = std::find_if(variants.begin(), variants.end(), [&](const auto& v) {
    return word != nullptr && v.word == *word;
  });
  if (chosen == variants.end()) {
    refuse_choice(first_of(schema), key, *value, reader.mistakes);
    reader.mistakes.throw_if_any();
  }
  return {chosen->schema, schema, chosen->word};
}

RawTable merged(const Schema& schema, const Layer& layer);

RawTable merged_bases(const Schema& schema, const Layer& layer) {
  RawTable all;
  for (const Layer& base : layer.bases) {
    lay_over(schema, all, merged(schema, base));
  }
  return all;
}

RawTable merged(const Schema& schema, const Layer& layer) {
  RawTable all = merged_bases(schema, layer);
  lay_over(schema, all, layer.own);
  return all;
}

struct Leaf {
  std::string text;
  SourcePlace place;
};

void collect_leaves(const Values& values, const std::string& prefix,
                    std::vector<std::pair<std::string, Leaf>>& leaves) {
  for (const NamedValue& item : values.entries()) {
    const std::string name = prefix + toml_key(item.name);
    if (const auto* section = std::get_if<Values>(&item.value.content)) {
      collect_leaves(*section, name + ".", leaves);
    } else {
      leaves.push_back({name, {toml_text(item), item.place}});
    }
  }
}

std::vector<Override> differences(const Values& under, const Values& over) {
  std::vector<std::pair<std::string, Leaf>> before, after;
  collect_leaves(under, "", before);
  collect_leaves(over, "", after);
  std::map<std::string, Leaf> known(before.begin(), before.end());
  std::vector<Override> list;
  for (const auto& [name, leaf] : after) {
    const auto found = known.find(name);
    const std::string text = found == known.end() ? std::string() : found->second.text;
    if (text != leaf.text) {
      list.push_back({name, text, leaf.text, leaf.place});
    }
  }
  return list;
}

void compile_timelines(Values& values) {
  const auto* steps = values.find(scenario::run_steps);
  const auto* start = values.find(scenario::run_start);
  if (steps != nullptr && start != nullptr) {
    values.compile_timelines(Calendar{*start}, static_cast<Step>(*steps));
  }
}

// A name that nothing is from, in this file or those it covers, is a misspelled one. One that only
// covered values are from goes with them.
void settle_dates(Values& values, const DateNames& in_files, const DateNames& in_whole,
                  Mistakes& mistakes) {
  NamedValue* section = values.entry(dates_section);
  if (section == nullptr) {
    return;
  }
  const Values& all = std::get<Values>(section->value.content);
  std::vector<std::string> used;
  for (const NamedValue& item : all.entries()) {
    if (in_files.used(item.name)) {
      used.push_back(item.name);
    }
  }
  Values kept;
  kept.set_place(section->place);
  for (const NamedValue& item : all.entries()) {
    if (in_whole.used(item.name)) {
      kept.append(item);
    } else if (!in_files.used(item.name) && names_a_date(item.name)) {
      report(mistakes, item.place, check::date_unused,
             {item.name, did_you_mean(item.name, used, " Remove it.")});
    }
  }
  section->value.content = std::move(kept);
}

ScenarioFile assemble(const Schema& schema, Reader& reader, std::string_view text,
                      const std::shared_ptr<const Source>& source, const ScenarioOptions& options) {
  const Layer layer = reader.read(text, source);
  const std::vector<Overriding> overridings = read_overrides(options.set, reader);
  const Followed followed = follow(schema, layer, overridings, reader);
  RawTable overrides;
  for (const Overriding& o : overridings) {
    merge(overrides, o.table);
  }
  const RawTable bases = merged_bases(followed.schema, layer);
  RawTable file = bases;
  lay_over(followed.schema, file, layer.own);
  RawTable all = file;
  lay_over(followed.schema, all, overrides);

  DateNames in_files(all), in_whole(all);
  check_layers(followed, layer, in_files, reader.mistakes);
  for (const Overriding& o : overridings) {
    resolve(followed, o.table, o.place, Completeness::part, in_files, reader.mistakes);
  }
  if (reader.incomplete) {
    reader.mistakes.throw_if_any();
  }
  const SourcePlace place{source, 0, 0};
  ScenarioFile result;
  result.values = resolve(followed, all, place, Completeness::whole, in_whole, reader.mistakes);
  settle_dates(result.values, in_files, in_whole, reader.mistakes);
  reader.mistakes.throw_if_any();

  Mistakes ignored;  // the layers underneath were checked, and what they lack is no mistake
  const RawTable& under = layer.has_base ? bases : file;
  DateNames dates_under(under);
  result.overrides = differences(
      resolve(followed, under, place, Completeness::part, dates_under, ignored), result.values);
  result.resolved = toml_file_text(result.values);
  result.files = reader.files();
  compile_timelines(result.values);
  return result;
}
}  // namespace

ScenarioFile read_scenario(const Schema& schema, const fs::path& path,
                           const ScenarioOptions& options) {
  Reader reader(options);
  const auto source = reader.source(path.string(), path.parent_path());
  std::string text;
  try {
    text = reader.load(path);
  } catch (const IoError& error) {
    report(reader.mistakes, {source, 0, 0}, check::file_unreadable, {reason(error)});
    reader.mistakes.throw_if_any();
  }
  reader.open(path);
  return assemble(schema, reader, text, source, options);
}

ScenarioFile read_scenario_text(const Schema& schema, std::string_view text,
                                const std::string& name, const fs::path& folder,
                                const ScenarioOptions& options) {
  Reader reader(options);
  return assemble(schema, reader, text, reader.source(name, folder), options);
}

}  // namespace throng
