#include "io/prompt_template.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "io/prompt_checks.h"
#include "io/safe_text.h"
#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr std::size_t longest_label = 100;
constexpr std::size_t most_told = 10;  // labels that a message lists

std::string json_string(const std::string& text) { return nlohmann::json(text).dump(); }

std::string listed(const std::vector<std::string>& words) {
  std::string all;
  for (std::size_t k = 0; k < words.size() && k < most_told; ++k) {
    all += (k == 0 ? "" : ", ") + words[k];
  }
  return words.size() > most_told ? all + ", ..." : all;
}

const Feature* find(std::span<const Feature> features, std::string_view name) {
  const auto found = std::find_if(features.begin(), features.end(),
                                  [&](const Feature& feature) { return feature.name == name; });
  return found == features.end() ? nullptr : &*found;
}

bool writable(double number) { return std::isfinite(number) && std::abs(number) < 1e15; }

std::string_view without_outer_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

}  // namespace

std::string label_with_unit(std::string_view label, std::string_view unit) {
  const auto words = unit_in_words(unit, label == "1");
  ensures(words.has_value(), "a unit that has words");
  return std::string(label) + (words->empty() ? "" : " ") + *words;
}

class TemplateCheck {
 public:
  TemplateCheck(const PromptTemplate& about, std::span<const Feature> features)
      : about_(about), features_(features) {
    for (const Feature& feature : features) {
      names_.push_back(feature.name);
    }
  }

  void run(bool both_orders) {
    walk(about_.system_);
    walk(about_.user_);
    for (const Feature& feature : features_) {
      look_at(feature);
    }
    for (const std::string& name : about_.not_mentioned_) {
      if (find(features_, name) == nullptr) {
        unknown(about_.not_mentioned_place_, name);
      }
    }
    if (both_orders && !shows_options_) {
      report(mistakes_, about_.place_, check::template_orders, {});
    }
    mistakes_.throw_if_any();
  }

 private:
  using Part = PromptTemplate::Part;

  void unknown(const SourcePlace& place, const std::string& name) {
    report(mistakes_, place, check::template_feature,
           {first_characters(name, 60),
            did_you_mean(name, names_,
                         features_.empty() ? "" : " There are " + listed(names_) + ".")});
  }

  void walk(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::feature || part.kind == Part::Kind::condition) {
        look_at(part);
      } else if (part.kind == Part::Kind::data) {
        all_mentioned_ = true;
        for (const Feature& feature : features_) {
          if (part.filter == Part::Filter::band && !about_.is_left_out(feature)) {
            check_unit(part, feature);
          }
        }
      }
      shows_options_ = shows_options_ || part.kind == Part::Kind::options;
      walk(part.inside);
    }
  }

  void look_at(const Part& part) {
    const Feature* feature = find(features_, part.words);
    if (feature == nullptr) {
      unknown(part.place, part.words);
      return;
    }
    mentioned_.try_emplace(part.words, part.place);
    if (part.kind == Part::Kind::condition) {
      check_condition(part, *feature);
    } else if (part.filter == Part::Filter::number) {
      check_numbers(part, *feature);
    } else if (part.filter == Part::Filter::band) {
      check_unit(part, *feature);
    }
  }

  bool check_numbers(const Part& part, const Feature& feature) {
    const bool good = feature.numbers.size() == feature.labels.size() &&
                      std::all_of(feature.numbers.begin(), feature.numbers.end(), writable);
    if (!good) {
      report(mistakes_, part.place, check::template_number, {feature.name, feature.name});
    }
    return good;
  }

  void check_condition(const Part& part, const Feature& feature) {
    const auto& labels = feature.labels;
    if (part.label) {
      if (std::find(labels.begin(), labels.end(), *part.label) == labels.end()) {
        report(mistakes_, part.place, check::template_label,
               {feature.name, first_characters(*part.label, 60), listed(labels)});
      }
      return;
    }
    if (!check_numbers(part, feature)) {
      return;
    }
    const auto zeros = std::count(feature.numbers.begin(), feature.numbers.end(), 0.0);
    if (zeros == 0 || zeros == static_cast<std::ptrdiff_t>(feature.numbers.size())) {
      report(
          mistakes_, part.place, check::template_constant,
          {feature.name, zeros == 0 ? "all" : "none", zeros == 0 ? "none" : "all", feature.name});
    }
  }

  void check_unit(const Part& part, const Feature& feature) {
    if (!unit_in_words(feature.unit)) {
      report(mistakes_, part.place, check::template_unit,
             {feature.unit, feature.name, feature.name});
    }
  }

  void look_at(const Feature& feature) {
    static const std::set<std::string> reserved = {"data", "options", "yes", "no"};
    if (reserved.contains(feature.name)) {
      report(mistakes_, about_.place_, check::template_reserved, {feature.name});
    }
    const bool left_out = about_.is_left_out(feature);
    const auto mentioned = mentioned_.find(feature.name);
    if (left_out && mentioned != mentioned_.end()) {
      report(mistakes_, about_.not_mentioned_place_, check::template_mentioned,
             {feature.name, std::to_string(mentioned->second.line)});
    }
    if (!left_out && !all_mentioned_ && mentioned == mentioned_.end()) {
      report(mistakes_, about_.place_, check::template_unmentioned, {feature.name});
    }
    refuse_unsafe("the name of feature " + shown_text(feature.name), feature.name);
    std::set<std::string> labels;
    for (const std::string& label : feature.labels) {
      refuse_unsafe("label " + shown_text(label) + " of " + feature.name, label);
      if (!labels.insert(label).second) {
        report(mistakes_, about_.place_, check::template_label_twice,
               {feature.name, first_characters(label, 60)});
      }
    }
  }

  void refuse_unsafe(const std::string& what, const std::string& text) {
    std::string problem = flaw_of_text(text, longest_label, Lines::one);
    if (problem.empty() && text.find_first_of("{}") != std::string::npos) {
      problem = "has a brace";
    }
    if (!problem.empty()) {
      report(mistakes_, about_.place_, check::template_unsafe, {what, problem});
    }
  }

  const PromptTemplate& about_;
  std::span<const Feature> features_;
  std::vector<std::string> names_;
  std::map<std::string, SourcePlace> mentioned_;  // where first
  bool all_mentioned_ = false, shows_options_ = false;
  Mistakes mistakes_;
};

void PromptTemplate::check(std::span<const Feature> features, bool both_orders) const {
  TemplateCheck(*this, features).run(both_orders);
}

bool PromptTemplate::is_left_out(const Feature& feature) const {
  return std::binary_search(not_mentioned_.begin(), not_mentioned_.end(), feature.name);
}

/// What one question says.
struct PromptTemplate::Values {
  std::span<const Feature> features;
  std::span<const u16> values;
  u32 option_order = 0;

  struct One {
    const Feature& feature;
    u16 value;
    const std::string& label() const { return feature.labels[value]; }
    double number() const { return feature.numbers[value]; }
    std::string text(Part::Filter filter) const {
      return filter == Part::Filter::number ? plain_number(number())
             : filter == Part::Filter::band ? label_with_unit(label(), feature.unit)
                                            : label();
    }
  };
  One at(std::size_t k) const {
    ensures(values[k] < features[k].labels.size(), "a value of a feature is one of its labels");
    return {features[k], values[k]};
  }
  One of(std::string_view name) const {
    const Feature* feature = find(features, name);
    ensures(feature != nullptr, "a template was checked with the features it is rendered with");
    return at(static_cast<std::size_t>(feature - features.data()));
  }
};

std::string PromptTemplate::data_text(Part::Filter filter, const Values& values) const {
  std::string text;
  for (std::size_t k = 0; k < values.features.size(); ++k) {
    const auto one = values.at(k);
    if (!is_left_out(one.feature)) {
      text += (text.empty() ? "{" : ", ") + json_string(one.feature.name) + ": " +
              json_string(one.text(filter));
    }
  }
  return text.empty() ? "{}" : text + "}";
}

void PromptTemplate::append(std::string& text, const std::vector<Part>& parts,
                            const Values& values) const {
  for (const Part& part : parts) {
    switch (part.kind) {
      case Part::Kind::text:
        text += part.words;
        break;
      case Part::Kind::feature:
        text += values.of(part.words).text(part.filter);
        break;
      case Part::Kind::data:
        text += data_text(part.filter, values);
        break;
      case Part::Kind::yes:
        text += yes_;
        break;
      case Part::Kind::no:
        text += no_;
        break;
      case Part::Kind::options:
        text += values.option_order == 0 ? "- " + yes_ + "\n- " + no_ : "- " + no_ + "\n- " + yes_;
        break;
      case Part::Kind::condition:
        if (const auto one = values.of(part.words);
            part.label ? one.label() == *part.label : one.number() != 0) {
          append(text, part.inside, values);
        }
        break;
    }
  }
}

ModelQuestion PromptTemplate::render(std::span<const Feature> features, std::span<const u16> values,
                                     u32 option_order) const {
  ensures(values.size() == features.size() && option_order <= 1, "one value of each feature");
  const Values question{features, values, option_order};
  const auto rendered = [&](const std::vector<Part>& parts) {
    std::string text;
    append(text, parts, question);
    return std::string(without_outer_blanks(text));
  };
  ModelQuestion made;
  made.system = rendered(system_);
  made.user = rendered(user_);
  made.schema = schema_;
  made.option_order = option_order;
  return made;
}

}  // namespace throng
