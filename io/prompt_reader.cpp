// How a template is read: TOML, and in two of its texts the places of features.
#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "io/hash.h"
#include "io/plain_table.h"
#include "io/prompt_checks.h"
#include "io/prompt_template.h"
#include "io/safe_text.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr std::size_t most_characters = 16'384;  // of system and user
constexpr std::size_t most_words = 200;          // characters of yes and no
constexpr std::size_t most_levels = 4;           // of {{#if}} in {{#if}}
constexpr std::size_t longest_name = 40;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.';
         });
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// From positions in the text of a value to places in the file: line by line where the value stands
// there as it is, else (a text with escapes) the place of the value.
class Places {
 public:
  Places(std::string_view file, const SourcePlace& value, std::string_view text)
      : value_(value), text_(text) {
    std::size_t at = offset_of(file, value);
    const std::string_view rest = file.substr(at);
    if (rest.starts_with("\"\"\"") || rest.starts_with("'''")) {
      at += 3;
      at += file.substr(at).starts_with('\n') ? 1 : 0;
    } else {
      at += rest.empty() ? 0 : 1;
    }
    verbatim_ = file.substr(std::min(at, file.size())).starts_with(text);
    if (verbatim_) {
      begin_ = after(value, file.substr(offset_of(file, value), at - offset_of(file, value)));
    }
  }

  SourcePlace of(std::size_t position) const {
    return verbatim_ ? after(begin_, text_.substr(0, position)) : value_;
  }

 private:
  static SourcePlace after(SourcePlace place, std::string_view passed) {
    for (const char c : passed) {
      if (c == '\n') {
        ++place.line;
        place.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++place.column;
      }
    }
    return place;
  }
  static std::size_t offset_of(std::string_view file, const SourcePlace& place) {
    std::size_t at = 0;
    for (u32 line = 1; line < place.line && at < file.size(); ++line) {
      at = std::min(file.find('\n', at), file.size() - 1) + 1;
    }
    for (u32 column = 1; column < place.column && at < file.size(); ++column) {
      do {
        ++at;
      } while (at < file.size() && (static_cast<unsigned char>(file[at]) & 0xC0) == 0x80);
    }
    return at;
  }

  SourcePlace value_, begin_;
  std::string_view text_;
  bool verbatim_ = false;
};

}  // namespace

class TemplateReader {
 public:
  TemplateReader(std::string_view toml, std::shared_ptr<const Source> source)
      : file_(with_plain_line_ends(toml)),
        keys_(file_, std::move(source), "a template", mistakes_) {}

  PromptTemplate read() {
    made_.place_ = keys_.place();
    made_.title_ = words("title", 100);
    made_.yes_ = words("yes", most_words);
    made_.no_ = words("no", most_words);
    if (!made_.yes_.empty() && made_.yes_ == made_.no_) {
      report(mistakes_, keys_.place_of("no"), check::template_options, {});
    }
    read_field();
    read_not_mentioned();
    const std::string system = parts("system", made_.system_);
    const std::string user = parts("user", made_.user_);
    keys_.refuse_others();
    mistakes_.throw_if_any();
    made_.hash_ = sha256(nlohmann::json{
        {"field", made_.field_},
        {"no", made_.no_},
        {"not_mentioned", made_.not_mentioned_},
        {"system", system},
        {"user", user},
        {"yes", made_.yes_}}.dump());
    return std::move(made_);
  }

 private:
  using Part = PromptTemplate::Part;
  using Kind = Part::Kind;
  using Filter = Part::Filter;

  void flaw(const SourcePlace& place, std::string_view name, const std::string& problem) {
    report(mistakes_, place, check::template_text, {name, problem});
  }

  // One line of words for people and models; empty where there is a mistake.
  std::string words(std::string_view key, std::size_t characters) {
    const std::string* text = keys_.text(key);
    if (text == nullptr) {
      return {};
    }
    std::string problem = flaw_of_text(*text, characters, Lines::one);
    if (problem.empty() && text->find_first_of("{}") != std::string::npos) {
      problem = "has a brace (places stand in system and user alone)";
    }
    if (!problem.empty()) {
      flaw(keys_.place_of(key), key, problem);
      return {};
    }
    return *text;
  }

  void read_field() {
    const std::string* text = keys_.text("field", PlainTable::IfMissing::nothing);
    made_.field_ = text == nullptr ? "share" : *text;
    if (!is_name(made_.field_)) {
      flaw(keys_.place_of("field"), "field",
           "is no name (letters, digits, points and underscores, at most " +
               std::to_string(longest_name) + ")");
    }
    made_.schema_ = nlohmann::json{
        {"type", "object"},
        {"properties", {{made_.field_, {{"type", "integer"}, {"minimum", 0}, {"maximum", 100}}}}},
        {"required", nlohmann::json::array({made_.field_})},
        {"additionalProperties",
         false}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void read_not_mentioned() {
    made_.not_mentioned_place_ = keys_.place_of("not_mentioned");
    const RawArray* list = keys_.list("not_mentioned");
    for (const RawValue& item : list == nullptr ? RawArray() : *list) {
      const std::string* name = item.as<std::string>();
      if (name == nullptr) {
        keys_.wrong_type(item, "an entry of not_mentioned", "a text", "\"words\"");
      } else {
        made_.not_mentioned_.push_back(*name);
      }
    }
    std::sort(made_.not_mentioned_.begin(), made_.not_mentioned_.end());
  }

  // Gives the text back, for the hash.
  std::string parts(std::string_view key, std::vector<Part>& into) {
    const std::string* text = keys_.text(key);
    if (text == nullptr) {
      return {};
    }
    const std::string problem = flaw_of_text(*text, most_characters, Lines::many);
    if (!problem.empty()) {
      flaw(keys_.place_of(key), key, problem);
      return {};
    }
    text_ = *text;
    const Places places(file_, keys_.place_of(key), text_);
    places_ = &places;
    open_.assign(1, Part{});
    for (std::size_t at = 0; at < text_.size();) {
      at = step(at);
    }
    for (std::size_t k = 1; k < open_.size(); ++k) {
      report(mistakes_, open_[k].place, check::template_if_open, {opening(open_[k])});
    }
    into = std::move(open_.front().inside);
    places_ = nullptr;
    return *text;
  }

  static std::string opening(const Part& part) {
    return "{{#if " + part.words + (part.label ? " = " + *part.label : "") + "}}";
  }

  // Reads a piece of text or a place, and gives where the next one begins.
  std::size_t step(std::size_t at) {
    const std::size_t opens = std::min(text_.find("{{", at), text_.size());
    const std::size_t closes = std::min(text_.find("}}", at), text_.size());
    const std::size_t found = std::min(opens, closes);
    append(text_.substr(at, found - at));
    if (found == text_.size()) {
      return found;
    }
    if (closes < opens) {
      report(mistakes_, places_->of(closes), check::template_close, {});
      return closes + 2;
    }
    const std::size_t begin = opens + 2;
    const std::size_t end = text_.find("}}", begin);
    const std::size_t stop = std::min(text_.find('\n', begin), text_.find("{{", begin));
    if (end == std::string::npos || end > stop) {
      report(mistakes_, places_->of(opens), check::template_open, {});
      return begin;
    }
    const std::string_view content = trimmed(std::string_view(text_).substr(begin, end - begin));
    const bool block = content.starts_with('#') || content.starts_with('/');
    const std::size_t next = block ? alone_in_line(opens, end + 2) : end + 2;
    place(content, places_->of(opens));
    return next;
  }

  void append(const std::string& words) {
    if (!words.empty()) {
      open_.back().inside.push_back({Kind::text, Filter::label, words});
    }
  }

  // Where text goes on behind a block: in the next line, where nothing else stands in this one;
  // blanks before it go then.
  std::size_t alone_in_line(std::size_t begin, std::size_t end) {
    const std::size_t before = begin == 0 ? std::string::npos : text_.rfind('\n', begin - 1);
    const std::size_t line = before == std::string::npos ? 0 : before + 1;
    const std::size_t line_end = std::min(text_.find('\n', end), text_.size());
    const std::string_view all = text_;
    if (!is_blank(all.substr(line, begin - line)) || !is_blank(all.substr(end, line_end - end))) {
      return end;
    }
    std::vector<Part>& there = open_.back().inside;
    if (begin > line && !there.empty() && there.back().kind == Kind::text) {
      std::string& words = there.back().words;
      words.resize(words.size() - std::min(words.size(), begin - line));
    }
    return std::min(line_end + 1, text_.size());
  }

  void place(std::string_view content, const SourcePlace& at) {
    if (content == "/if") {
      close(at);
    } else if (content.starts_with("#if ")) {
      open(trimmed(content.substr(4)), at);
    } else {
      plain(content, at);
    }
  }

  void no_place(std::string_view content, const SourcePlace& at) {
    const std::string cut = first_characters(std::string(content), 60);
    report(mistakes_, at, check::template_place, {"{{" + cut + "}}"});
  }

  void open(std::string_view content, const SourcePlace& at) {
    const std::size_t equals = content.find('=');
    Part part{Kind::condition, Filter::label,
              std::string(trimmed(content.substr(0, std::min(equals, content.size()))))};
    part.place = at;
    if (equals != std::string_view::npos) {
      part.label = std::string(trimmed(content.substr(equals + 1)));
    }
    if (!is_name(part.words) || (part.label && part.label->empty())) {
      no_place("#if " + std::string(content), at);
    } else if (open_.size() > most_levels) {
      report(mistakes_, at, check::template_depth, {opening(part), std::to_string(most_levels)});
    }
    open_.push_back(std::move(part));
  }

  void close(const SourcePlace& at) {
    if (open_.size() == 1) {
      report(mistakes_, at, check::template_if_close, {});
      return;
    }
    Part closed = std::move(open_.back());
    open_.pop_back();
    open_.back().inside.push_back(std::move(closed));
  }

  void plain(std::string_view content, const SourcePlace& at) {
    const std::size_t bar = content.find('|');
    const std::string_view name = trimmed(content.substr(0, std::min(bar, content.size())));
    if (!is_name(name)) {
      no_place(content, at);
      return;
    }
    Part part{kind_of(name), Filter::label, std::string(name)};
    part.place = at;
    if (bar != std::string_view::npos) {
      const auto filter = filter_of(part, trimmed(content.substr(bar + 1)));
      if (!filter) {
        return;
      }
      part.filter = *filter;
    }
    open_.back().inside.push_back(std::move(part));
  }

  static Kind kind_of(std::string_view name) {
    return name == "data"      ? Kind::data
           : name == "yes"     ? Kind::yes
           : name == "no"      ? Kind::no
           : name == "options" ? Kind::options
                               : Kind::feature;
  }

  std::optional<Filter> filter_of(const Part& part, std::string_view word) {
    const bool takes_band = part.kind == Kind::feature || part.kind == Kind::data;
    if (word == "band" && takes_band) {
      return Filter::band;
    }
    if (word == "number" && part.kind == Kind::feature) {
      return Filter::number;
    }
    report(mistakes_, part.place, check::template_filter,
           {"{{" + part.words + "}}", first_characters(std::string(word), 60),
            part.kind == Kind::feature ? "band, number"
            : takes_band               ? "band"
                                       : "none"});
    return std::nullopt;
  }

  const std::string file_;
  Mistakes mistakes_;
  PlainTable keys_;
  PromptTemplate made_;
  std::string text_;
  const Places* places_ = nullptr;
  std::vector<Part> open_;  // what we are inside of; the first one is the text as a whole
};

PromptTemplate PromptTemplate::read(std::string_view toml, std::shared_ptr<const Source> source) {
  return TemplateReader(toml, std::move(source)).read();
}

PromptTemplate PromptTemplate::read_file(const std::filesystem::path& path) {
  const auto [text, source] = read_small_file(path.string());
  return read(text, source);
}

}  // namespace throng
