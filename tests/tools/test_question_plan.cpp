#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tools/question_plan.h"

using namespace throng;

namespace {

Feature feature(const std::string& name, std::vector<std::string> labels,
                Feature::From from = Feature::From::archetype) {
  Feature made;
  made.name = name;
  made.from = from;
  made.labels = std::move(labels);
  return made;
}

// System and user have 12 and 18 bytes: 8 tokens. An answer {"share": 100} has 14: 4.
ModelDecision decision() {
  const std::string toml =
      "title = 'Waiting'\nyes = 'y'\nno = 'n'\nsystem = 'Answer JSON.'\n"
      "user = '''{{age}}{{sex}}{{cases}}{{job}} rest.\n{{options}}'''";
  ModelDecision about{"wait",
                      {feature("age", {"a", "b", "c"}), feature("sex", {"f", "m"}),
                       feature("cases", {"x", "y", "z", "w"}, Feature::From::lattice),
                       feature("job", {"1", "2"}, Feature::From::persona)},
                      PromptTemplate::read(toml, std::make_shared<const Source>())};
  about.model.model = "m";
  about.model.max_tokens = 10;
  return about;
}

AskedOf asked_of() {
  AskedOf of;
  of.archetypes = 6;
  of.with_people = 5;
  of.epochs = 3;
  of.prompt_price = 2'500'000;       // 2.5 a million tokens
  of.completion_price = 10'000'000;  // 10
  return of;
}

}  // namespace

TEST_CASE("how many questions there can be is known before any is asked", "[ask]") {
  const QuestionPlan plan = plan_of(decision(), asked_of());

  CHECK(plan.lattice_points == 4);
  CHECK(plan.by_features == 24);
  CHECK(plan.most == 20);
  CHECK(plan.of_run == 15);    // 3 epochs of 5 archetypes
  CHECK(plan.requests == 30);  // in both orders
  CHECK(plan.prompt_tokens == 8);
  CHECK(plan.most_prompt_tokens == 8);
  CHECK(plan.answer_tokens == 4);
  CHECK(plan.tokens() == 30 * 12);
  CHECK(plan.cost() == Approx(30 * (8 * 2.5 + 4 * 10) / 1e6));
  CHECK(plan.most_cost() == Approx(30 * (8 * 2.5 + 10 * 10) / 1e6));
}

TEST_CASE("a long run asks no more than there is to ask, but for audits", "[ask]") {
  AskedOf of = asked_of();
  of.epochs = 100;
  CHECK(plan_of(decision(), of).of_run == 20);
  of.personas = 3;
  CHECK(plan_of(decision(), of).of_run == 60);
  CHECK(plan_of(decision(), of).by_features == 72);
  of.audits = 7;
  CHECK(plan_of(decision(), of).of_run == 760);
  CHECK(plan_of(decision(), of).most == 60);

  ModelDecision single = decision();
  single.elicitation.both_orders = false;
  CHECK(plan_of(single, of).requests == 760);
}

TEST_CASE("questions that are shown are of archetypes with people and of their personas", "[ask]") {
  const ModelDecision about = decision();
  // Aged b and female by job 2; aged c and male by job 1: at four points of the lattice.
  const std::vector<u16> kinds = {1, 0, 1, 2, 1, 0};
  using Labels = std::vector<u16>;

  CHECK(spread_questions(about.features, 100, kinds) == Labels{1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 2,
                                                               1, 1, 0, 3, 1, 2, 1, 0, 0, 2, 1,
                                                               1, 0, 2, 1, 2, 0, 2, 1, 3, 0});
  CHECK(spread_questions(about.features, 2, kinds) == Labels{1, 0, 0, 1, 2, 1, 3, 0});
  CHECK(spread_questions(about.features, 1, kinds) == Labels{1, 0, 0, 1});
  CHECK(questions_json(about, 9, kinds).size() == 16);
}

TEST_CASE("counts beyond all measure do not wrap", "[ask]") {
  AskedOf of = asked_of();
  of.archetypes = of.with_people = u64{1} << 49;
  of.epochs = 1'000'000;
  const QuestionPlan plan = plan_of(decision(), of);
  CHECK(plan.most == u64{1} << 50);
  CHECK(plan.by_features == u64{1} << 50);
}

TEST_CASE("a plan is told in lines", "[ask]") {
  CHECK(plan_text(plan_of(decision(), asked_of())) ==
        "wait, asked of model m as \"Waiting\"\n"
        "archetypes                    6   age 3 x sex 2\n"
        "  with people                 5\n"
        "lattice points                4   cases 4\n"
        "questions                    20   at most, of archetypes with people (24 by features "
        "alone)\n"
        "  of this run                15   at most: 3 epochs\n"
        "requests                     30   at most, beside retries: both orders of the options\n"
        "tokens                      360   estimated: 8 of a question, 4 of an answer, 4 "
        "characters a token\n"
        "cost                     0.0018   estimated, in the unit of the prices; 0.0036 where "
        "every answer has 10 tokens\n");
  AskedOf free = asked_of();
  free.prompt_price = free.completion_price = 0;
  free.personas = 2;
  free.audits = 9;
  const std::string text = plan_text(plan_of(decision(), free));
  CHECK(text.find("  with people                 5   2 personas of each\n") != std::string::npos);
  CHECK(text.find("at most: 3 epochs, each with 9 audits\n") != std::string::npos);
  CHECK(text.find("cost                          -   no prices are given") != std::string::npos);
}

TEST_CASE("a plan is told in JSON", "[ask]") {
  const auto json = plan_json(plan_of(decision(), asked_of()));
  CHECK(json["most_questions"] == 20);
  CHECK(json["most_requests"] == 30);
  CHECK(json["estimated_tokens"] == 360);
  CHECK(json["archetypes_with_people"] == 5);
  CHECK(json["option_orders"] == 2);
}

TEST_CASE("questions to look at are spread over all, and no two alike", "[ask]") {
  const ModelDecision about = decision();
  const std::vector<u16> all = spread_questions(about.features, 1'000);
  CHECK(all.size() == 48 * 4);
  std::set<std::vector<u16>> distinct;
  for (std::size_t k = 0; k < 48; ++k) {
    distinct.insert({all.begin() + static_cast<std::ptrdiff_t>(4 * k),
                     all.begin() + static_cast<std::ptrdiff_t>(4 * k + 4)});
  }
  CHECK(distinct.size() == 48);
  CHECK(spread_questions(about.features, 2) == std::vector<u16>{0, 0, 0, 0, 2, 1, 3, 1});
  CHECK(spread_questions(about.features, 1) == std::vector<u16>{0, 0, 0, 0});
  CHECK(spread_questions(about.features, 0).empty());
  // Far more than can be walked through.
  const std::vector<Feature> many(12, feature("f", std::vector<std::string>(1'000, "x")));
  CHECK(spread_questions(many, 5).size() == 60);
}

TEST_CASE("a question is shown as it would be sent, with its key", "[ask]") {
  ModelDecision about = decision();
  const std::string text = questions_text(about, 1);
  const std::vector<u16> first = {0, 0, 0, 0};
  const auto key = [&](u32 order) {
    return key_of(about.model, about.prompt.render(about.features, first, order));
  };
  CHECK(text == "==== question 1: age a, sex f, cases x, job 1\n---- options as written, key " +
                    key(0) + "\n[system]\nAnswer JSON.\n[user]\nafx1 rest.\n- y\n- n\n" +
                    "---- options reversed, key " + key(1) +
                    "\n[system]\nAnswer JSON.\n[user]\nafx1 rest.\n- n\n- y\n");
  const auto json = questions_json(about, 1);
  REQUIRE(json.size() == 2);
  CHECK(json[1]["key"] == key(1));
  CHECK(json[1]["user"] == "afx1 rest.\n- n\n- y");
  CHECK(json[0]["features"] ==
        nlohmann::ordered_json{{"age", "a"}, {"sex", "f"}, {"cases", "x"}, {"job", "1"}});
  about.model.model.clear();
  CHECK(questions_text(about, 1).find("key") == std::string::npos);
  CHECK_FALSE(questions_json(about, 1)[0].contains("key"));
  about.elicitation.both_orders = false;
  CHECK(questions_text(about, 3).find("reversed") == std::string::npos);
}
