#include "scenarios/models/played_games.h"

#include <algorithm>
#include <array>

#include "behaviors/person/columns.h"
#include "behaviors/repeated_games/rounds.h"
#include "scenarios/decisions.h"
#include "scenarios/series.h"
#include "sim/words.h"

namespace throng {
namespace {

using namespace repeated_games;

constexpr std::string_view section_name = "decision.plays", payoffs_feature = "payoffs";
constexpr std::array<std::string_view, 4> outcomes = {"00", "01", "10", "11"};

/// payoffs: the game, in words; the only circumstance there is.
class TheGame final : public Circumstances {
 public:
  TheGame(const Game& game, const std::vector<std::string>& mentioned) {
    for (const std::string& name : mentioned) {
      if (name != payoffs_feature) {
        throw InputError("there is no feature '" + name +
                         "' of a game (there is payoffs). Name it, or leave the lattice empty.");
      }
      Feature f;
      f.name = payoffs_feature;
      f.from = Feature::From::lattice;
      f.unit = "label";
      f.doc = "Payoffs of the row and the column player, by the moves of both, row's first.";
      std::string words;
      for (std::size_t k = 0; k < outcomes.size(); ++k) {
        words += (k == 0 ? "" : ", ") + std::string(outcomes[k]) +
                 formatted(": %g and %g", game.row[k], game.column[k]);
      }
      f.labels = {words};
      f.numbers = {0};
      features_.push_back(f);
    }
  }
  const std::vector<Feature>& features() const override { return features_; }
  void bind(Binder&) override {}
  void look(Step, u32, const LabelOf&, std::span<u16> out) const override {
    std::fill(out.begin(), out.end(), u16{0});
  }

 private:
  std::vector<Feature> features_;
};

class PlayedGames final : public Model {
 public:
  explicit PlayedGames(const Setup& setup)
      : values_(setup.values),
        steps_(setup.steps),
        seed_(setup.seed),
        folder_(setup.folder),
        asks_(setup.asks),
        settings_(std::make_shared<PlayedSettings>(played_settings_from(values_))) {}
  std::string_view kind() const override { return person::kind; }
  AgentId agents() const override { return 2 * settings_->pairs; }
  Words words() const override { return {.one = "player", .many = "players"}; }
  void check() const override {
    DecisionAssembly(section(), offer(), {.world = {}, .folder = {}, .seed = seed_, .asks = false});
  }
  Population populate(const Layout& layout) override {
    Population population = make_pairs(layout.world(), *settings_, layout.spread());
    decision_ = std::make_unique<DecisionAssembly>(
        section(), offer(),
        DecisionPlace{.world = layout.world(), .folder = folder_, .seed = seed_, .asks = asks_});
    settings_->plays = decision_->decision();
    population.kind(person::kind).values(last_round);
    settings_->plays->populate(layout.world(), population, seed_);
    return population;
  }
  void add_to(Simulation& simulation) override {
    add_played_to(simulation, settings_);
    simulation.add_recorder(decision_->recorder());
  }
  void write(Results& results) const override { decision_->write(results); }
  std::vector<const DecisionAssembly*> decisions() const override { return {decision_.get()}; }
  std::vector<SeriesOf> series() const override {
    SeriesOf of_step{.name = "rounds",
                     .doc = "Pairs by characters (row, column) and moves of the round",
                     .unit = "1",
                     .from = SeriesOf::From::tally_step,
                     .source = rounds.name,
                     .dimension = "played"};
    SeriesOf in_all = of_step;
    in_all.name = "rounds_in_all";
    in_all.doc = "The same, since the run began";
    in_all.from = SeriesOf::From::tally;
    const std::size_t n = settings_->rows.size() * settings_->columns.size();
    for (AgentId pair = 0; pair < n; ++pair) {
      for (const std::string_view outcome : outcomes) {
        of_step.labels.push_back(std::string(strategies[settings_->row_of(pair)].name) + " " +
                                 std::string(strategies[settings_->column_of(pair)].name) + " " +
                                 std::string(outcome));
      }
    }
    in_all.labels = of_step.labels;
    return {of_step, in_all};
  }

  /// Of all rounds.
  std::vector<Figure> figures() const override {
    std::array<double, 4> of{};
    std::size_t k = 0;
    for (const Figure& last : recorded().last()) {
      if (last.name.rfind("rounds_in_all", 0) == 0) {
        of[k++ % 4] += last.value;
      }
    }
    const double all = of[0] + of[1] + of[2] + of[3];
    const auto mean = [&](const std::array<double, 4>& worth) {
      double sum = 0;
      for (std::size_t outcome = 0; outcome < 4; ++outcome) {
        sum += of[outcome] / all * worth[outcome];
      }
      return sum;
    };
    return {{.name = "row_payoff", .value = mean(settings_->game.row), .headline = true},
            {.name = "column_payoff", .value = mean(settings_->game.column), .headline = true},
            {.name = "share_of_moves_0", .value = mean({1, 0.5, 0.5, 0}), .headline = true}};
  }
  std::vector<Curve> curves() const override { return {}; }

 private:
  const Values& section() const {
    const Values* found = values_.find_table(section_name);
    if (found == nullptr) {
      throw InputError(values_.place_of("played_games").str() +
                       ": nothing says who decides on moves (there is no section decision.plays). "
                       "Add it; provider = \"rule\" plays the strategies by name.");
    }
    return *found;
  }
  DecisionOffer offer() const {
    DecisionOffer offer;
    offer.name = "plays";
    offer.kind = person::kind;
    offer.group_column = role.name;
    offer.every = 1;
    offer.last_step = steps_;
    offer.row_feature = [](const std::string& name, const std::vector<i64>&) {
      return player_feature(name);
    };
    offer.circumstances = [game = settings_->game](const std::vector<std::string>& features,
                                                   const std::vector<i64>&) {
      return std::make_shared<TheGame>(game, features);
    };
    const auto& mentioned = section().get(decision::archetype);
    const auto mentions = [&](std::string_view feature) {
      return std::find(mentioned.begin(), mentioned.end(), feature) != mentioned.end();
    };
    if (mentions("character") && mentions("last_round")) {
      offer.rule = std::make_shared<PlaysAsCalled>();
    } else {
      offer.why_no_rule =
          "strategies want character and last_round in the archetype. Add them, or name another "
          "provider.";
    }
    return offer;
  }

  const Values& values_;
  const Step steps_;
  const u64 seed_;
  const std::string folder_;
  const bool asks_;
  std::shared_ptr<PlayedSettings> settings_;
  std::unique_ptr<DecisionAssembly> decision_;
};

}  // namespace

RowFeature player_feature(const std::string& name) {
  RowFeature row;
  const auto labelled = [&](std::string_view column, const char* doc, const auto& labels) {
    row.column = column;
    row.feature.unit = "label";
    row.feature.doc = doc;
    for (const std::string_view label : labels) {
      row.label_of.push_back(static_cast<u16>(row.feature.labels.size()));
      row.feature.numbers.push_back(static_cast<double>(row.feature.labels.size()));
      row.feature.labels.emplace_back(label);
    }
  };
  row.feature.name = name;
  if (name == "role") {
    labelled(role.name, "Whose payoffs one gets.",
             std::array<std::string_view, 2>{"row", "column"});
  } else if (name == "character") {
    std::vector<std::string_view> names;
    for (const Strategy& s : strategies) {
      names.push_back(s.name);
    }
    labelled(character.name, "How one plays.", names);
  } else if (name == "last_round") {
    std::vector<std::string_view> names = {"none"};
    names.insert(names.end(), outcomes.begin(), outcomes.end());
    labelled(last_round.name, "Own and other's move of the last round.", names);
  } else {
    throw InputError("there is no feature '" + name +
                     "' of a player (there are role, character, last_round). Name one of these.");
  }
  return row;
}

ModelEntry played_games_model() {
  return {.name = "played_games",
          .doc = "Pairs who play a 2 x 2 game, each move decided by kinds of players.",
          .declare =
              [](Schema& schema) {
                declare_played(schema);
                schema.fields().section("decision", "Who decides, and how they are asked.");
                schema.fields().optional_table(std::string(section_name),
                                               "Who makes move 0, the cooperative one.",
                                               decision_fields());
              },
          .make = [](const Setup& setup) { return std::make_unique<PlayedGames>(setup); },
          .example =
              "[decision.plays]\nprovider = \"rule\"\narchetype = [\"character\", "
              "\"last_round\"]\n"};
}

}  // namespace throng
