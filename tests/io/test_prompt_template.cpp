#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "io/hash.h"
#include "io/prompt_checks.h"
#include "io/prompt_template.h"
#include "io/safe_text.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

Feature feature(const std::string& name, std::vector<std::string> labels,
                const std::string& unit = "1", std::vector<double> numbers = {}) {
  Feature made;
  made.name = name;
  made.unit = unit;
  made.labels = std::move(labels);
  made.numbers = std::move(numbers);
  return made;
}

const std::vector<Feature> people = {
    feature("age", {"0-17", "18-29", "1"}, "year", {8.5, 24, 1}),
    feature("cases", {"none", "under 50"}, "person/day", {0, 25}),
};

PromptTemplate read(const std::string& text) {
  return PromptTemplate::read(text, std::make_shared<const Source>(Source{"t.toml", {}, 0}));
}

std::string file(const std::string& user, const std::string& more = "") {
  return "title = 'Staying home'\nyes = 'stay'\nno = 'go'\n" + more +
         "system = 'Answer in JSON.'\nuser = '''\n" + user + "'''\n";
}

ModelQuestion asked(const std::string& user, std::vector<u16> values, u32 order = 0,
                    const std::string& more = "") {
  const PromptTemplate made = read(file(user, more));
  made.check(people, false);
  return made.render(people, values, order);
}

// The mistakes of a template that is read and checked, as users see them.
struct Refused {
  std::vector<std::string> messages;
  std::set<std::string> checks;
};
Refused refused(const std::string& text, const std::vector<Feature>& features = people,
                bool both_orders = false) {
  try {
    read(text).check(features, both_orders);
  } catch (const ReadError& error) {
    Refused all{error.messages(), {}};
    for (const Mistake& mistake : error.mistakes()) {
      all.checks.insert(mistake.check);
    }
    return all;
  }
  return {};
}

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("a question says what its features are", "[prompt]") {
  CHECK(asked("{{age}} {{ age | band }} {{age|number}} {{cases|band}}", {1, 1}).user ==
        "18-29 18-29 years 24 under 50 people a day");
  CHECK(asked("{{age|number}}, {{age|band}}, {{cases}}", {0, 0}).user == "8.5, 0-17 years, none");
  CHECK(asked("{{age|band}} {{cases|number}}", {2, 0}).user == "1 year 0");

  const ModelQuestion both = asked("{{age}} {{cases}} {{yes}} {{no}}\n{{options}}", {1, 1}, 1);
  CHECK(both.user == "18-29 under 50 stay go\n- go\n- stay");
  CHECK(both.system == "Answer in JSON.");
  CHECK(both.option_order == 1);
  CHECK(both.sample == 0);
  CHECK(asked("{{age}} {{cases}}\n{{options}}", {1, 1}).user == "18-29 under 50\n- stay\n- go");
}

TEST_CASE("an answer is one whole number from 0 to 100 under the key of the template", "[prompt]") {
  CHECK(asked("{{data}}", {0, 0}).schema ==
        R"({"additionalProperties":false,"properties":{"share":{"maximum":100,"minimum":0,)"
        R"("type":"integer"}},"required":["share"],"type":"object"})");
  CHECK(
      asked("{{data}}", {0, 0}, 0, "field = 'of_100'\n").schema.find(R"("required":["of_100"])") !=
      std::string::npos);
}

TEST_CASE("data is a line of JSON of all that is mentioned", "[prompt]") {
  CHECK(asked("{{data}}", {1, 0}).user == R"({"age": "18-29", "cases": "none"})");
  CHECK(asked("{{data|band}}", {1, 1}).user ==
        R"({"age": "18-29 years", "cases": "under 50 people a day"})");
  CHECK(asked("{{data}}", {1, 0}, 0, "not_mentioned = ['cases']\n").user == R"({"age": "18-29"})");

  // Whatever a label is, it is a string of JSON that reads back.
  const std::vector<Feature> hostile = {
      feature("borough", {R"(x", "share": 100, "y": "\)", "ä\"", "Öst 'a' <b> ]"})};
  const PromptTemplate made = read(file("{{data}}"));
  made.check(hostile, false);
  for (u16 k = 0; k < 3; ++k) {
    const auto parsed = nlohmann::json::parse(made.render(hostile, std::vector{k}, 0).user);
    CHECK(parsed == nlohmann::json{{"borough", hostile[0].labels[k]}});
  }
}

TEST_CASE("blocks stand where their condition holds", "[prompt]") {
  const std::string text =
      "{{#if age = 18-29}}young{{#if cases}}, cases{{/if}}{{#if cases = none}}, no case{{/if}}"
      "{{/if}}.";
  CHECK(asked(text, {1, 1}).user == "young, cases.");
  CHECK(asked(text, {1, 0}).user == "young, no case.");
  CHECK(asked(text, {0, 1}).user == ".");
}

TEST_CASE("a line of nothing but a block leaves no line behind", "[prompt]") {
  const std::string text =
      "a {{age}}\n  {{#if cases = none}}  \nnobody is ill\n{{/if}}\n{{#if cases}}\nsome are "
      "ill\n{{/if}}\nb {{#if cases}}\nc{{/if}}\nd";
  CHECK(asked(text, {0, 0}).user == "a 0-17\nnobody is ill\nb \nd");
  CHECK(asked(text, {0, 1}).user == "a 0-17\nsome are ill\nb \nc\nd");
}

TEST_CASE("blanks around a text and kinds of line ends change nothing", "[prompt]") {
  const std::string text = file("\n{{age}}\n{{cases}}\n");
  std::string windows;
  for (const char c : text) {
    windows += c == '\n' ? "\r\n" : std::string(1, c);
  }
  const PromptTemplate a = read(text), b = read(windows);
  CHECK(a.render(people, std::vector<u16>{0, 1}, 0).user == "0-17\nunder 50");
  CHECK(b.render(people, std::vector<u16>{0, 1}, 0).user == "0-17\nunder 50");
  CHECK(a.hash() == b.hash());
}

TEST_CASE("the hash of a template is of what its questions depend on", "[prompt]") {
  const std::string hash = read(file("{{data}}")).hash();
  CHECK(hash ==
        sha256(R"({"field":"share","no":"go","not_mentioned":[],"system":"Answer in JSON.",)"
               R"("user":"{{data}}","yes":"stay"})"));
  CHECK(read("# a comment\n" + file("{{data}}", "field = 'share'\n")).hash() == hash);
  CHECK(read(file("{{data}} ")).hash() != hash);
  CHECK(read(file("{{data}}", "not_mentioned = ['age']\n")).hash() != hash);
  CHECK(read(file("{{data}}", "field = 'n'\n")).hash() != hash);
}

TEST_CASE("every mistake of a template has its place", "[prompt]") {
  const std::map<std::string, Messages> cases = {
      {"a\nb {{age\n}}",
       {"t.toml:7:3: '{{' is not closed (a place ends with '}}' in the line it begins in). Close "
        "it, or write one brace.",
        "t.toml:8:1: '}}' closes nothing (no '{{' stands before it). Remove it, or put a space "
        "between the braces."}},
      {"ä}} {{age}}",
       {"t.toml:6:2: '}}' closes nothing (no '{{' stands before it). Remove it, or put a space "
        "between the braces."}},
      {"{{my age}}{{#unless age}}{{#if}}{{}}{{{age}}",
       {"t.toml:6:1: '{{my age}}' is no place (a place is a name, name|band, name|number, #if "
        "name, #if name = label or /if). Correct it.",
        "t.toml:6:11: '{{#unless age}}' is no place (a place is a name, name|band, name|number, "
        "#if name, #if name = label or /if). Correct it.",
        "t.toml:6:26: '{{#if}}' is no place (a place is a name, name|band, name|number, #if name, "
        "#if name = label or /if). Correct it.",
        "t.toml:6:33: '{{}}' is no place (a place is a name, name|band, name|number, #if name, "
        "#if name = label or /if). Correct it.",
        "t.toml:6:37: '{{{age}}' is no place (a place is a name, name|band, name|number, #if "
        "name, #if name = label or /if). Correct it."}},
      {"{{age|upper}}\n{{data|number}}{{yes|band}}",
       {"t.toml:6:1: '{{age}}' has no filter 'upper' (allowed: band, number). Correct it.",
        "t.toml:7:1: '{{data}}' has no filter 'number' (allowed: band). Correct it.",
        "t.toml:7:16: '{{yes}}' has no filter 'band' (allowed: none). Correct it."}},
      {"{{data}}\n{{#if age = 18-29}}\n{{#if cases}}{{/if}}",
       {"t.toml:7:1: '{{#if age = 18-29}}' is not closed (its {{/if}} is missing). Add {{/if}}."}},
      {"{{data}}{{/if}}",
       {"t.toml:6:9: {{/if}} closes nothing (no {{#if}} is open here). Remove it."}},
      {"{{data}}{{#if cases}}{{#if cases}}{{#if cases}}{{#if cases}}{{#if cases}}{{/if}}{{/if}}"
       "{{/if}}{{/if}}{{/if}}",
       {"t.toml:6:61: '{{#if cases}}' stands in too many others (at most 4 deep). Take blocks "
        "apart."}},
  };
  for (const auto& entry : cases) {
    INFO(entry.first);
    CHECK(refused(file(entry.first)).messages == entry.second);
  }
}

TEST_CASE("a template names features and labels that there are, and all of them", "[prompt]") {
  const std::map<std::string, Messages> cases = {
      {"{{data}} {{agee}} {{#if weather}}{{/if}}",
       {"t.toml:6:10: there is no feature 'agee'. Did you mean 'age'?",
        "t.toml:6:19: there is no feature 'weather'. There are age, cases."}},
      {"{{data}}{{#if age = 18-30}}{{/if}}",
       {"t.toml:6:9: age has no label '18-30' (allowed: 0-17, 18-29, 1). Correct it."}},
      {"{{data}}{{#if age}}{{/if}}",
       {"t.toml:6:9: {{#if age}} holds for all of its labels (its number is 0 for none). Name the "
        "label: {{#if age = label}}."}},
      {"{{cases}}{{#if cases = none}}{{/if}}",
       {"t.toml: age is not mentioned (questions that differ in nothing else would be counted as "
        "several). Mention it, take it out of the decision, or list it in not_mentioned."}},
  };
  for (const auto& entry : cases) {
    INFO(entry.first);
    CHECK(refused(file(entry.first)).messages == entry.second);
  }
  CHECK(refused(file("{{cases}}", "not_mentioned = ['age']\n")).messages.empty());
  CHECK(
      refused(file("{{cases}} {{age}}", "not_mentioned = ['age', 'ago']\n")).messages ==
      Messages{"t.toml:4:17: age is listed in not_mentioned and is mentioned at line 7 (one of the "
               "two is wrong). Remove one of them.",
               "t.toml:4:17: there is no feature 'ago'. Did you mean 'age'?"});
  CHECK(refused(file("{{data}}"), people, true).messages ==
        Messages{"t.toml: no place shows the options (asked in both orders, the questions would be "
                 "the same). Write {{options}}, or set both_orders = false."});
  CHECK(refused(file("{{data}}{{options}}"), people, true).messages.empty());
}

TEST_CASE("a feature can be written as a template asks for it", "[prompt]") {
  const auto with = [](Feature about, const std::string& text) {
    return refused(file(text), {std::move(about)}).messages;
  };
  CHECK(
      with(feature("n", {"a", "b"}, "1", {1}), "{{n|number}}") ==
      Messages{"t.toml:6:1: n has no numbers to write (each of its labels needs one, below 10^15). "
               "Give them, or write {{n}}."});
  CHECK(with(feature("n", {"a"}, "1", {1e15}), "{{n|number}}").size() == 1);
  CHECK(with(feature("n", {"a", "b"}), "{{n}}{{#if n}}{{/if}}").size() == 1);
  CHECK(with(feature("n", {"a"}, "furlong"), "{{n|band}} {{data|band}}") ==
        Messages{"t.toml:6:1: the unit 'furlong' of n has no words (none are known for it). Write "
                 "{{n}} and the unit beside it.",
                 "t.toml:6:12: the unit 'furlong' of n has no words (none are known for it). Write "
                 "{{n}} and the unit beside it."});
  CHECK(with(feature("yes", {"a"}), "{{data}}") ==
        Messages{"t.toml: a feature is called 'yes' (templates have a place of this name). Rename "
                 "it."});
  CHECK(
      with(feature("n", {"a", "b", "a"}), "{{n}}") ==
      Messages{"t.toml: n has the label 'a' twice (questions that differ in nothing else would be "
               "counted as several). Rename one of them."});
}

TEST_CASE("units have words", "[prompt]") {
  for (const auto& [unit, words] : std::map<std::string, std::string>{
           {"1", ""},
           {"label", ""},
           {"year", "years"},
           {"USD/week", "US dollars a week"},
           {"1/day", "a day"},
           {"message/hour", "messages an hour"},
           {"case/100000 people/week", "cases per 100,000 people a week"}}) {
    CHECK(unit_in_words(unit) == words);
  }
  CHECK(unit_in_words("person/day", true) == "person a day");
  for (const char* none :
       {"day^2", "half contact/day", "year/", "/day", "day/furlong", "day//day"}) {
    INFO(none);
    CHECK(unit_in_words(none) == std::nullopt);
  }
}

TEST_CASE("numbers are written plainly", "[prompt]") {
  CHECK(plain_number(24) == "24");
  CHECK(plain_number(0.5) == "0.5");
  CHECK(plain_number(-0.0) == "0");
  CHECK(plain_number(1'000'000) == "1000000");
  CHECK(plain_number(999'999'999'999'999) == "999999999999999");
  CHECK(plain_number(-1.25) == "-1.25");
  CHECK(plain_number(0.1 + 0.2) == "0.30000000000000004");
}

TEST_CASE("a label that would change its question is refused", "[prompt]") {
  const auto with = [](const std::string& label) {
    return refused(file("{{n}}"), {feature("n", {label})}).messages;
  };
  const auto message = [](const std::string& shown, const std::string& why) {
    return Messages{"t.toml: label " + shown + " of n cannot stand in a question (it " + why +
                    "). Rename it."};
  };
  CHECK(with("").front() == message("\"\"", "is empty").front());
  CHECK(with("a\nb") == message(R"("a\nb")", "has a line break that cannot stand in it"));
  CHECK(with("a\u2028b") == message(R"("a\u2028b")", "has a line break that cannot stand in it"));
  CHECK(with("a\tb") == message(R"("a\tb")", "has a control character"));
  CHECK(with("a\x1b[2Jb") == message(R"("a\u001b[2Jb")", "has a control character"));
  CHECK(with("a{b") == message(R"("a{b")", "has a brace"));
  CHECK(with("a}b") == message(R"("a}b")", "has a brace"));
  CHECK(with("a\u202Eb") == message(R"("a\u202eb")", "has a character that nobody sees"));
  CHECK(with("a\u200Bb") == message(R"("a\u200bb")", "has a character that nobody sees"));
  CHECK(with("a\xff") == message(R"("a\ufffd")", "is not text in UTF-8"));
  CHECK(with("\xC0\xAF") == message(R"("\ufffd\ufffd")", "is not text in UTF-8"));
  CHECK(with("\xED\xA0\x80").size() == 1);      // half of a surrogate pair
  CHECK(with("\xF4\x90\x80\x80").size() == 1);  // beyond the last character
  CHECK(with("a\xE2\x82").size() == 1);         // cut off
  std::string hundred;
  for (int k = 0; k < 100; ++k) {
    hundred += "ß";
  }
  CHECK(with(hundred).empty());
  CHECK(with(hundred + "ß")
            .front()
            .ends_with(
                "of n cannot stand in a question (it has more than 100 characters). Rename it."));
  for (const char* good : {"18-29", "Bronx", "the Bronx's \"north\" & <west>", "東京",
                           "می\u200cخواهم", "50 000 $/year", "100 %"}) {
    CHECK(with(good).empty());
  }
}

TEST_CASE("a template has the keys it needs, and no others", "[prompt]") {
  CHECK(refused("titel = 5\nyes = 3\nsystem = ''\n").messages ==
        Messages{"t.toml: title is missing (it has no initial value). Set it.",
                 "t.toml: no is missing (it has no initial value). Set it.",
                 "t.toml: user is missing (it has no initial value). Set it.",
                 "t.toml:1:1: a template has no parameter 'titel'. Did you mean 'title'?",
                 "t.toml:2:7: yes is the whole number 3 (a text is expected). Write it as yes = "
                 "\"words\".",
                 "t.toml:3:10: system is empty. Correct it."});
  CHECK(refused(file("{{data}}", "field = 'a b'\nnot_mentioned = [1]\n")).messages ==
        Messages{
            "t.toml:4:9: field is no name (letters, digits, points and underscores, at most 40). "
            "Correct it.",
            "t.toml:5:18: an entry of not_mentioned is the whole number 1 (a text is expected). "
            "Write it as \"words\"."});
  CHECK(
      refused("title = 'a'\nyes = '{{age}}'\nno = 'b'\nsystem = 'c'\nuser = '{{data}}'").messages ==
      Messages{"t.toml:2:7: yes has a brace (places stand in system and user alone). Correct it."});
  CHECK(
      refused("title = 'a'\nyes = 'b'\nno = 'b'\nsystem = 'c'\nuser = '{{data}}'").messages ==
      Messages{"t.toml:3:6: yes and no are the same words (an answer would mean nothing). Correct "
               "one of them."});
  CHECK(refused(file("{{data}}" + std::string(16'376, 'a'))).messages.empty());
  CHECK(refused(file(std::string(16'385, 'a'))).messages ==
        Messages{"t.toml:5:8: user has more than 16384 characters. Correct it."});
  CHECK(refused("title = ").messages.size() == 1);
}

TEST_CASE("a place is exact in every form of text, and where the text begins in one with escapes",
          "[prompt]") {
  const auto at = [](const std::string& user) {
    const Messages lines =
        refused("title = 'a'\nyes = 'b'\nno = 'c'\nsystem = 'd'\nuser = " + user).messages;
    return lines.front().substr(0, lines.front().find(": "));
  };
  CHECK(at("'{{data}}{{x}}'") == "t.toml:5:17");
  CHECK(at("\"{{data}}{{x}}\"") == "t.toml:5:17");
  CHECK(at("'''{{data}}{{x}}'''") == "t.toml:5:19");
  CHECK(at("'''\n{{data}}\n ä {{x}}'''") == "t.toml:7:4");
  CHECK(at("\"\"\"\n{{data}}\n {{x}}\"\"\"") == "t.toml:7:2");
  CHECK(at("\"\"\"\n{{data}} \\\"\n {{x}}\"\"\"") == "t.toml:5:8");
}

TEST_CASE("a file of a template is read as it stands, or refused", "[prompt]") {
  const Scratch folder;
  const std::string path = folder / "t.toml";
  std::ofstream(path) << file("{{data}}");
  CHECK(PromptTemplate::read_file(path).hash() == read(file("{{data}}")).hash());
  std::ofstream(path) << std::string(70'000, '#');
  CHECK_THROWS_WITH(PromptTemplate::read_file(path),
                    path +
                        ": cannot be read (it has more than 65536 bytes). Check the path and "
                        "its permissions.");
  CHECK_THROWS_WITH(
      PromptTemplate::read_file(folder / "none.toml"),
      folder / "none.toml" +
          ": cannot be read (No such file or directory). Check the path and its permissions.");
}

TEST_CASE("every check of a template has been tried", "[prompt]") {
  std::set<std::string> tried;
  const std::vector<Feature> odd = {feature("no", {"a", "a", "{"}, "furlong")};
  const std::vector<std::pair<std::string, std::vector<Feature>>> bad = {
      {file("{{age\n}} {{/if}} {{a b}} {{age|x}} {{#if age}}"), people},
      {file("{{#if cases}}{{#if cases}}{{#if cases}}{{#if cases}}{{#if cases}}"), people},
      {file("{{x}} {{#if age}}{{/if}}{{#if age = x}}{{/if}}", "not_mentioned = ['age']\n"), people},
      {file("{{no}}{{data|band}}"), odd},
      {file("{{n|band}}{{n|number}}"), {feature("n", {"a"}, "furlong")}},
      {"title = ''\nyes = 'a'\nno = 'a'\nsystem = 'a'\nuser = 'a'", people},
  };
  for (const auto& entry : bad) {
    const Refused all = refused(entry.first, entry.second, true);
    tried.insert(all.checks.begin(), all.checks.end());
  }
  for (const Check& check : template_checks) {
    INFO(check.id);
    CHECK(tried.contains(std::string(check.id)));
  }
}

TEST_CASE("the shipped template asks what the decision of New York mentions", "[prompt]") {
  const PromptTemplate shipped = PromptTemplate::read_file(std::string(THRONG_SOURCE_DIR) +
                                                           "/scenarios/decisions/stay_home.toml");
  std::vector<Feature> features;
  for (const char* name :
       {"age", "sex", "borough", "income", "reported_cases", "trend", "order_in_force"}) {
    features.push_back(feature(name, {"a", "b"}));
  }

  CHECK_NOTHROW(shipped.check(features, true));
  const std::vector<u16> values = {0, 1, 0, 1, 0, 1, 0};
  const ModelQuestion first = shipped.render(features, values, 0),
                      second = shipped.render(features, values, 1);
  CHECK(first.user.find(R"({"age": "a", "sex": "b", "borough": "a", "income": "b", )"
                        R"("reported_cases": "a", "trend": "b", "order_in_force": "a"})") !=
        std::string::npos);
  CHECK(first.user.find("\n- stay home from shops and gatherings\n- go to shops") !=
        std::string::npos);
  CHECK(second.user.find("as usual\n- stay home from shops and gatherings\n") != std::string::npos);
  CHECK(first.system == second.system);
  CHECK(first.user.size() == second.user.size());
}
