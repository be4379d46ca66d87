// A template of questions, and features of a user's own that it is to fit.
#include "io/prompt_template.h"

#include <nlohmann/json.hpp>

#include "io/safe_text.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

// "name unit label/number label/number ..."
Feature feature_of(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  Feature made;
  made.name = words[0];
  made.unit = words.size() > 1 ? words[1] : "1";
  for (std::size_t k = 2; k < words.size(); ++k) {
    const std::size_t slash = words[k].find('/');
    made.labels.push_back(words[k].substr(0, slash));
    if (slash != std::string::npos) {
      made.numbers.push_back(std::strtod(words[k].c_str() + slash + 1, nullptr));
    }
  }
  return made;
}

void expect_clean(const std::string& text) {
  const std::string flaw = flaw_of_text(text, std::string::npos, Lines::many);
  ensures(flaw.empty() || text.empty(), "a question has nothing in it that its parts had not");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Parts parts(data, size);
  std::vector<Feature> features;
  for (const std::string& line : parts.lines("features")) {
    features.push_back(feature_of(line));
  }
  const auto source = std::make_shared<const Source>(Source{"t.toml", {}, 0});
  for (const bool both_orders : {false, true}) {
    fuzz::takes([&] {
      const PromptTemplate made = PromptTemplate::read(parts[""], source);
      ensures(PromptTemplate::read(parts[""], source).hash() == made.hash(),
              "a template is read the same twice");
      made.check(features, both_orders);
      std::vector<u16> values(features.size());
      for (const Feature& feature : features) {
        if (feature.labels.empty()) {
          return;  // there is no question
        }
      }
      for (u16 k = 0; k < 3; ++k) {
        for (std::size_t f = 0; f < features.size(); ++f) {
          values[f] = static_cast<u16>(k % features[f].labels.size());
        }
        const ModelQuestion question = made.render(features, values, k % 2);
        expect_clean(question.system);
        expect_clean(question.user);
        ensures(nlohmann::json::parse(question.schema)["required"][0] == made.field(),
                "a schema names its field");
      }
    });
  }
  return 0;
}
