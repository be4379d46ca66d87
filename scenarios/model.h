// A model, as whoever adds one sees it: whom it is about and what they do, and what a run of it
// records and says. Its folder of behaviors gives declare(), a population and add_to(); here they
// meet the scenario file, the terminal and results.h5. Not the run itself (run.h).
//
//   class Voters final : public Model {
//    public:
//     explicit Voters(const Setup& s) : settings_(voter::settings_from(s.values)) {}
//     std::string_view kind() const override { return voter::kind; }
//     AgentId agents() const override { return settings_.people; }
//     Population populate(const Layout& layout) override;  // kinds, columns, networks of this rank
//     void add_to(Simulation& simulation) override { voter::add_to(simulation, settings_); }
//     std::vector<SeriesOf> series() const override {
//       return {{.name = "voters", .doc = "Voters by opinion", .source = voter::opinion.name}};
//     }
//   };
//   catalog.add({.name = "voter", .doc = "Who copies whom.", .declare = voter::declare,
//                .make = [](const Setup& s) { return std::make_unique<Voters>(s); }});
//
// Everything below `series()` has a default that suits a small world; one whose folder says all of
// it needs no class (small_world.h).
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/results.h"
#include "sim/calendar.h"
#include "sim/communicator.h"
#include "sim/parameter.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng {

class DecisionAssembly;
class SeriesRecorder;

/// What a model is made from, before anybody is built.
struct Setup {
  const Values& values;  ///< the scenario: what the model's schema declares; lives as long as a run
  Step steps = 0;
  u64 seed = 1;             ///< of all chance
  u64 seed_offset = 0;      ///< what of it a replicate added to the scenario's
  std::string folder = {};  ///< of the run; empty: nothing of the model's own is kept on disk
  bool asks = true;         ///< false: to be looked at alone, and nobody outside is asked anything
};

/// How rows are to be split over ranks. Results depend on none of it.
class Layout {
 public:
  Layout(const Communicator& world, bool scatter, u64 shuffle)
      : world_(&world), scatter_(scatter), shuffle_(shuffle) {}
  /// Blocks of about equally many ids, unless rows are scattered or shuffled.
  Partition split(AgentId total) const { return spread()(*world_, total); }
  /// The same, for functions of a folder of behaviors.
  Spread spread() const {
    return {.over = scatter_ ? Spread::Over::scatter : Spread::Over::blocks, .shuffle = shuffle_};
  }
  const Communicator& world() const { return *world_; }
  bool scatter() const { return scatter_; }
  u64 shuffle() const { return shuffle_; }

 private:
  const Communicator* world_;
  bool scatter_;
  u64 shuffle_;
};

/// A quantity over the steps, counted in whole numbers, so that no order of rows can show.
struct SeriesOf {
  enum class From : u8 {
    counts,      ///< rows by label of an indexed column: kept on change
    entries,     ///< rows that got the label in the step: kept on change
    tally,       ///< a tally since the run began, as behaviors count it
    tally_step,  ///< what was added to it in the step
    sum,         ///< over all rows of a column of `kind`: looked at after every step
    mean,        ///< the same by the number of rows
    rows,        ///< how many rows there are of `kind`
  };
  std::string name{}, doc{}, unit = "1";
  From from = From::counts;
  std::string_view source{};  ///< name of the column or the tally
  std::string_view kind{};    ///< of a sum, a mean or rows
  /// What a counted unit is worth: a column of numbers is rounded to multiples of it, row by row,
  /// before it is summed; a tally of fixed point has been already.
  double scale = 1;
  /// The axis of the labels; of a tally of several counters with their names.
  std::string dimension = "label";
  std::vector<std::string> labels{};
  /// The label whose curve the closing summary draws; or, of a single quantity, its own name.
  std::string curve{};
};

/// A number that a run ends with.
struct Figure {
  enum class Type : u8 { number, count, text };
  std::string name{};  ///< its key in the JSON line; also how the closing summary calls it
  Type type = Type::number;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN: there is none
  std::string text{};     ///< of a text, which has no median over several seeds; empty: none
  bool headline = false;  ///< stands in the log, and in what is said of each of several seeds
  bool in_json = true;
};

/// What became of one seed; of several seeds the median of each figure by itself.
struct Outcome {
  u64 seed = 0;
  std::string content_hash{};
  std::vector<Figure> figures{};
  /// ContractError where there is none of that name.
  double value(std::string_view name) const;
  std::string_view text(std::string_view name) const;
};

/// A quantity over the steps, for the closing summary to draw.
struct Curve {
  std::string title;
  std::vector<i64> values;  ///< [step]
};

class Model {
 public:
  virtual ~Model() = default;

  // Whom it is about.

  /// The kind whose rows are its agents.
  virtual std::string_view kind() const = 0;
  /// How many there are at the beginning, on all ranks together; known before they are built.
  virtual AgentId agents() const = 0;
  /// Throws InputError with what only more work can show to be wrong; for `throng check`.
  virtual void check() const {}
  /// Kinds with the columns that are set before the first step, and networks. Once. Collective.
  /// Throws InputError, on all ranks alike, with what only the population can show to be wrong.
  virtual Population populate(const Layout& layout) = 0;
  /// Adds the substeps, and recorders of its own if it has any. Once, after populate().
  virtual void add_to(Simulation& simulation) = 0;

  // What is recorded.

  virtual std::vector<SeriesOf> series() const { return {}; }
  /// Its decisions of archetypes, once the population stands.
  virtual std::vector<const DecisionAssembly*> decisions() const { return {}; }
  /// Writes into the folder of a run that fails what a user needs to see why: what was asked and
  /// answered. On rank 0. Throws IoError.
  virtual void explain_failure(const std::string& folder) const;
  /// Adds what recorders of its own hold. On rank 0.
  virtual void write(Results&) const {}
  /// Whether snapshots have the rows of a kind. Those that all ranks have are never in them.
  virtual bool in_snapshots(const Kind&) const { return true; }
  /// Where the rows of a kind are; the default knows grids and spaces.
  virtual std::optional<Extent> extent_of(const Population& population, const Kind& kind) const;
  /// Ids of agents in the user's own file, by agent; empty where they are the engine's.
  virtual std::span<const i64> file_ids() const { return {}; }

  // What a run says.

  struct Words {
    std::string one = "agent", many = "agents";
  };
  virtual Words words() const { return {}; }
  /// Dates of the steps; null where a step is a step.
  virtual const Calendar* calendar() const { return nullptr; }
  /// For the progress line; rank 0.
  virtual std::string progress() const;
  /// What building found, for the log.
  virtual std::vector<Figure> built() const { return {}; }
  /// What a run ends with; rank 0. The default gives the last of every series.
  virtual std::vector<Figure> figures() const;
  virtual std::vector<Curve> curves() const;
  /// Lines of the closing summary.
  virtual std::string summary(const Outcome& outcome) const;
  /// Lines that say how far several seeds lie apart.
  virtual std::string spread(std::span<const Outcome> outcomes) const;
  /// One of several seeds in half a line.
  virtual std::string in_brief(const Outcome& outcome) const;

 protected:
  /// What was recorded of series().
  const SeriesRecorder& recorded() const { return *recorded_; }

 private:
  friend class Run;
  const SeriesRecorder* recorded_ = nullptr;
};

/// A model as the catalog knows it.
struct ModelEntry {
  /// What the user should know though the run goes on.
  struct Warning {
    std::string event, text;
  };
  std::string name;  ///< the word of run.model
  std::string doc;   ///< a sentence
  /// Adds its parameters and cross-checks, in sections of its own.
  std::function<void(Schema&)> declare;
  /// Reads what the scenario says of it, and the files it names. Throws InputError with what the
  /// schema could not find.
  std::function<std::unique_ptr<Model>(const Setup&)> make;
  std::function<std::vector<Warning>(const Values&)> warn = {};
  /// Sections of a small scenario of it, for `throng describe`; without, its initial values.
  std::string example = {};
};

}  // namespace throng
