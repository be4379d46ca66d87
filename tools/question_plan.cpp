#include "tools/question_plan.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "io/chat.h"
#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

constexpr u64 looked_at = 1'000;      // questions whose length is measured
constexpr u64 beyond = u64{1} << 50;  // counts end here

u64 times(u64 a, u64 b) { return a != 0 && b > beyond / a ? beyond : a * b; }

u64 crossed(std::span<const Feature> features) {
  u64 count = 1;
  for (const Feature& feature : features) {
    count = times(count, feature.labels.size());
  }
  return count;
}

std::vector<Feature> those_from(std::span<const Feature> features, Feature::From from) {
  std::vector<Feature> some;
  std::copy_if(features.begin(), features.end(), std::back_inserter(some),
               [&](const Feature& feature) { return feature.from == from; });
  return some;
}

std::string crossed_text(std::span<const Feature> features) {
  std::string text;
  for (const Feature& feature : features) {
    text += text.empty() ? "" : " x ";
    text += feature.name + " " + std::to_string(feature.labels.size());
  }
  return text;
}

double money(i64 price, double tokens) { return static_cast<double>(price) / 1e12 * tokens; }

void measure(const ModelDecision& about, QuestionPlan& plan) {
  const std::size_t width = about.features.size();
  const std::vector<u16> labels = spread_questions(about.features, looked_at, plan.of.kinds);
  const std::size_t count = width == 0 ? 0 : labels.size() / width;
  i64 sum = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const ModelQuestion text =
        about.prompt.render(about.features, std::span(labels).subspan(k * width, width), 0);
    const i64 tokens = estimated_tokens(text.system.size() + text.user.size());
    plan.most_prompt_tokens = std::max(plan.most_prompt_tokens, tokens);
    sum += tokens;
  }
  const i64 n = static_cast<i64>(std::max<std::size_t>(count, 1));
  plan.prompt_tokens = (sum + n - 1) / n;
  const std::string longest = R"({")" + about.prompt.field() + R"(": 100})";
  plan.answer_tokens = std::min(estimated_tokens(longest.size()), about.model.max_tokens);
  plan.most_answer_tokens = about.model.max_tokens;
}

}  // namespace

i64 QuestionPlan::tokens() const {
  return static_cast<i64>(requests) * (prompt_tokens + answer_tokens);
}

double QuestionPlan::cost() const {
  const auto n = static_cast<double>(requests);
  return money(of.prompt_price, n * static_cast<double>(prompt_tokens)) +
         money(of.completion_price, n * static_cast<double>(answer_tokens));
}

double QuestionPlan::most_cost() const {
  const auto n = static_cast<double>(requests);
  return money(of.prompt_price, n * static_cast<double>(most_prompt_tokens)) +
         money(of.completion_price, n * static_cast<double>(most_answer_tokens));
}

QuestionPlan plan_of(const ModelDecision& about, const AskedOf& of) {
  const auto archetype = those_from(about.features, Feature::From::archetype);
  const auto lattice = those_from(about.features, Feature::From::lattice);
  QuestionPlan plan;
  plan.decision = about.decision;
  plan.model = about.model.model;
  plan.title = about.prompt.title();
  plan.crossed = crossed_text(archetype);
  plan.lattice = crossed_text(lattice);
  plan.of = of;
  plan.orders = about.elicitation.orders();
  plan.lattice_points = crossed(lattice);
  const u64 each = std::max<u64>(of.personas, 1);
  plan.by_features = times(times(of.archetypes, each), plan.lattice_points);
  plan.most = times(times(of.with_people, each), plan.lattice_points);
  plan.of_run = std::min(plan.most, times(of.epochs, times(of.with_people, each))) +
                times(of.epochs, of.audits);
  plan.requests = times(plan.of_run, plan.orders);
  measure(about, plan);
  return plan;
}

std::string plan_text(const QuestionPlan& plan) {
  std::string text = plan.decision + ", asked of " +
                     (plan.model.empty() ? "a model that is not named" : "model " + plan.model) +
                     " as \"" + plan.title + "\"\n";
  const auto line = [&](const char* name, const std::string& number, const std::string& words) {
    text +=
        formatted("%-16s %14s", name, number.c_str()) + (words.empty() ? "" : "   ") + words + "\n";
  };
  const auto count = [](u64 n) { return grouped(static_cast<i64>(n)); };
  const AskedOf& of = plan.of;
  line("archetypes", count(of.archetypes), plan.crossed);
  line("  with people", count(of.with_people),
       of.personas == 0 ? "" : counted(of.personas, "persona") + " of each");
  line("lattice points", count(plan.lattice_points), plan.lattice);
  line("questions", count(plan.most),
       "at most, of archetypes with people (" + count(plan.by_features) + " by features alone)");
  line("  of this run", count(plan.of_run),
       "at most: " + counted(of.epochs, "epoch") +
           (of.audits == 0 ? "" : ", each with " + counted(of.audits, "audit")));
  line("requests", count(plan.requests),
       std::string("at most, beside retries") +
           (plan.orders == 2 ? ": both orders of the options" : ""));
  line("tokens", short_count(plan.tokens()),
       "estimated: " + std::to_string(plan.prompt_tokens) + " of a question, " +
           std::to_string(plan.answer_tokens) + " of an answer, 4 characters a token");
  if (of.prompt_price == 0 && of.completion_price == 0) {
    line("cost", "-", "no prices are given (http.prompt_price, http.completion_price)");
  } else {
    line("cost", formatted("%.4f", plan.cost()),
         "estimated, in the unit of the prices; " + formatted("%.4f", plan.most_cost()) +
             " where every answer has " + std::to_string(plan.most_answer_tokens) + " tokens");
  }
  return text;
}

nlohmann::ordered_json plan_json(const QuestionPlan& plan) {
  return {{"decision", plan.decision},
          {"model", plan.model},
          {"archetypes", plan.of.archetypes},
          {"archetypes_with_people", plan.of.with_people},
          {"personas", plan.of.personas},
          {"audits", plan.of.audits},
          {"epochs", plan.of.epochs},
          {"lattice_points", plan.lattice_points},
          {"most_questions_by_features", plan.by_features},
          {"most_questions", plan.most},
          {"most_questions_of_run", plan.of_run},
          {"most_requests", plan.requests},
          {"option_orders", plan.orders},
          {"estimated_tokens_of_question", plan.prompt_tokens},
          {"estimated_tokens_of_answer", plan.answer_tokens},
          {"estimated_tokens", plan.tokens()},
          {"estimated_cost", plan.cost()},
          {"estimated_cost_with_longest_answers", plan.most_cost()}};
}

std::string plans_text(const std::vector<QuestionPlan>& plans) {
  std::string text;
  u64 requests = 0;
  double cost = 0;
  for (const QuestionPlan& plan : plans) {
    text += text.empty() ? "" : "\n";
    text += plan_text(plan);
    requests += plan.requests;
    cost += plan.cost();
  }
  if (plans.size() > 1) {
    text += "\ntogether " + grouped(static_cast<i64>(requests)) + " requests at most" +
            (cost > 0 ? formatted(", estimated cost %.4f", cost) : "") + "\n";
  }
  return text;
}

nlohmann::ordered_json plans_json(const std::vector<QuestionPlan>& plans,
                                  nlohmann::ordered_json each) {
  u64 requests = 0;
  i64 tokens = 0;
  double cost = 0, most_cost = 0;
  for (const QuestionPlan& plan : plans) {
    requests += plan.requests;
    tokens += plan.tokens();
    cost += plan.cost();
    most_cost += plan.most_cost();
  }
  return {{"decisions", std::move(each)},
          {"most_requests", requests},
          {"estimated_tokens", tokens},
          {"estimated_cost", cost},
          {"estimated_cost_with_longest_answers", most_cost}};
}

std::vector<u16> spread_questions(std::span<const Feature> features, u64 count,
                                  std::span<const u16> kinds) {
  const auto of_lattice = [](const Feature& f) { return f.from == Feature::From::lattice; };
  const u64 points = crossed(those_from(features, Feature::From::lattice));
  const std::size_t told = features.size() - static_cast<std::size_t>(std::count_if(
                                                 features.begin(), features.end(), of_lattice));
  const bool all_labels = kinds.empty() || told == 0;
  const u64 all = all_labels ? crossed(features) : times(kinds.size() / told, points);
  const u64 n = std::min(count, all);
  std::vector<u16> labels(n * features.size());
  for (u64 k = 0; k < n; ++k) {
    // The k-th of n points of 0 to all - 1; the last feature varies fastest.
    u64 point = n == 1 ? 0 : k * ((all - 1) / (n - 1)) + k * ((all - 1) % (n - 1)) / (n - 1);
    const std::span one = std::span(labels).subspan(k * features.size(), features.size());
    const u64 kind = all_labels ? 0 : point / points;
    std::size_t of_kind = told;
    for (std::size_t f = features.size(); f-- > 0;) {
      if (all_labels || of_lattice(features[f])) {
        one[f] = static_cast<u16>(point % features[f].labels.size());
        point /= features[f].labels.size();
      } else {
        one[f] = kinds[kind * told + --of_kind];
      }
    }
  }
  return labels;
}

namespace {

// Gives every question, in each order of the options, to `tell(labels, question)`.
template <class Tell>
void for_each_question(const ModelDecision& about, u64 count, std::span<const u16> kinds,
                       Tell&& tell) {
  const std::size_t width = about.features.size();
  const std::vector<u16> labels = spread_questions(about.features, count, kinds);
  for (std::size_t k = 0; width != 0 && k < labels.size() / width; ++k) {
    const auto values = std::span(labels).subspan(k * width, width);
    for (u32 order = 0; order < about.elicitation.orders(); ++order) {
      tell(values, about.prompt.render(about.features, values, order));
    }
  }
}

}  // namespace

std::string questions_text(const ModelDecision& about, u64 count, std::span<const u16> kinds) {
  std::string text;
  u64 number = 0;
  for_each_question(
      about, count, kinds, [&](std::span<const u16> labels, const ModelQuestion& question) {
        const bool first = question.option_order == 0;
        if (first) {
          text += "==== question " + std::to_string(++number) + ":";
          for (std::size_t f = 0; f < labels.size(); ++f) {
            text += (f == 0 ? " " : ", ") + about.features[f].name + " " +
                    about.features[f].labels[labels[f]];
          }
          text += "\n";
        }
        text += first ? "---- options as written" : "---- options reversed";
        text += about.model.model.empty() ? "" : ", key " + key_of(about.model, question);
        text += "\n[system]\n" + question.system + "\n[user]\n" + question.user + "\n";
      });
  return text;
}

nlohmann::ordered_json questions_json(const ModelDecision& about, u64 count,
                                      std::span<const u16> kinds) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for_each_question(about, count, kinds,
                    [&](std::span<const u16> labels, const ModelQuestion& question) {
                      nlohmann::ordered_json features;
                      for (std::size_t f = 0; f < labels.size(); ++f) {
                        features[about.features[f].name] = about.features[f].labels[labels[f]];
                      }
                      nlohmann::ordered_json one = {{"features", features},
                                                    {"option_order", question.option_order},
                                                    {"system", question.system},
                                                    {"user", question.user},
                                                    {"schema", question.schema}};
                      if (!about.model.model.empty()) {
                        one["key"] = key_of(about.model, question);
                      }
                      all.push_back(std::move(one));
                    });
  return all;
}

}  // namespace throng
