// The ledger in results.h5.
#include <algorithm>
#include <map>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "io/asking_json.h"
#include "io/ledger.h"
#include "io/results.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr char of_features[] = "decision_features", of_subjects[] = "decision_subjects",
               of_questions[] = "decision_questions", of_asked[] = "decision_asked",
               of_attempts[] = "decision_attempts", of_applied[] = "decisions";
constexpr std::string_view feature_from = "archetype,lattice,persona";

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> all;
  while (!list.empty()) {
    all.emplace_back(list.substr(0, list.find(',')));
    list.remove_prefix(std::min(list.size(), all.back().size() + 1));
  }
  return all;
}

/// A column from one field of each record.
template <class T, class Records, class Field>
std::vector<T> each(const Records& records, Field field) {
  std::vector<T> values;
  values.reserve(records.size());
  for (const auto& record : records) {
    values.push_back(static_cast<T>(record.*field));
  }
  return values;
}

/// The columns of a table by their names; of several seeds, what each replicate begins with.
class Columns {
 public:
  Columns(const ResultsReader& results, const char* name)
      : place_(results.path() + ": '/tables/" + name + "'"), table_(results.table(name)) {
    if (find("replicate") != nullptr) {
      replicate_ = values<u32>("replicate");
    }
  }
  std::size_t rows() const { return table_.rows(); }
  /// 0 where there is one seed.
  u32 replicate_of(std::size_t row) const { return replicate_.empty() ? 0 : replicate_[row]; }

  template <class T>
  const std::vector<T>& values(const char* name) const {
    const TableColumn* column = find(name);
    const auto* typed = column == nullptr ? nullptr : std::get_if<std::vector<T>>(&column->values);
    if (typed == nullptr) {
      damaged("has no column '" + std::string(name) + "' of its type");
    }
    return *typed;
  }
  /// Values with labels, as positions in the list of words that this program knows.
  std::vector<u8> codes(const char* name, std::string_view known) const {
    std::vector<u8> all;
    const auto& stored = values<u8>(name);
    const auto& labels = find(name)->labels;
    all.reserve(stored.size());
    for (const u8 value : stored) {
      const auto code = value < labels.size() ? place_in(known, labels[value]) : std::nullopt;
      if (!code) {
        damaged("column '" + std::string(name) + "' has a value that is not known");
      }
      all.push_back(*code);
    }
    return all;
  }
  [[noreturn]] void damaged(const std::string& problem) const {
    throw IoError(place_ + ": " + problem + " (it is damaged, or of another program).");
  }

 private:
  const TableColumn* find(std::string_view name) const {
    const auto at = std::find_if(table_.columns.begin(), table_.columns.end(),
                                 [&](const TableColumn& c) { return c.name == name; });
    return at == table_.columns.end() ? nullptr : &*at;
  }
  std::string place_;
  Table table_;
  std::vector<u32> replicate_;
};

}  // namespace

/// Makes the tables, and a ledger of them.
class LedgerTables {
 public:
  static std::vector<Table> of(const Ledger& ledger);
  static Ledger read(const ResultsReader& results);

 private:
  /// By replicate and row of a table, the row in the ledger that is read.
  using Rows = std::map<std::pair<u32, u32>, u32>;
  static void read_features(const Columns& from, Ledger& ledger);
  static Rows read_subjects(const Columns& from, Ledger& ledger);
  static Rows read_questions(const Columns& from, Ledger& ledger);
  static u32 row_in(const Rows& rows, const Columns& from, std::size_t row, u32 named);
  static void read_asked(const Columns& from, const Rows& subjects, const Rows& questions,
                         Ledger& ledger);
  static void read_attempts(const Columns& from, const Rows& questions, Ledger& ledger);
  static void read_applied(const Columns& from, const Rows& subjects, Ledger& ledger);
};

std::vector<Table> LedgerTables::of(const Ledger& l) {
  using Label = Ledger::Label;
  using Asked = Ledger::AskedRow;
  using Tried = Ledger::AttemptRow;
  using Applied = Ledger::AppliedRow;
  using T = std::string;
  const auto outcomes = words(outcome_labels), rungs = words(rung_labels),
             replies = words(reply_from_labels), sorts = words(feature_from);
  return {
      {of_features,
       "what questions may mention: a row for each label",
       {{"decision", "1", "what is decided", {}, each<T>(l.labels_, &Label::decision)},
        {"feature", "1", "name, as questions call it", {}, each<T>(l.labels_, &Label::feature)},
        {"from", "1", "where it comes from", sorts, each<u8>(l.labels_, &Label::from)},
        {"unit", "1", "of the number", {}, each<T>(l.labels_, &Label::unit)},
        {"label", "1", "one of its values", {}, each<T>(l.labels_, &Label::label)},
        {"number",
         "1",
         "what the label stands for, in its unit; NaN: no number",
         {},
         each<double>(l.labels_, &Label::number)}}},
      {of_subjects,
       "what was mentioned",
       {{"decision", "1", "what is decided", {}, l.subject_decisions_.all()},
        {"features", "1", "name=label;name=label", {}, l.subject_features_.all()}}},
      {of_questions,
       "each distinct question once",
       {{"key", "1", "SHA-256 of the question", {}, l.keys_.all()},
        {"question", "1", "its canonical text, JSON", {}, l.canonical_.all()}}},
      {of_asked,
       "which question was asked about whom",
       {{"step", "step", "epoch of the features", {}, each<u32>(l.asked_, &Asked::step)},
        {"subject", "1", "row of decision_subjects", {}, each<u32>(l.asked_, &Asked::subject)},
        {"question", "1", "row of decision_questions", {}, each<u32>(l.asked_, &Asked::question)},
        {"mass", "1", "rows it stands for", {}, each<u64>(l.asked_, &Asked::mass)}}},
      {of_attempts,
       "all attempts to get an answer; latency depends on the machine",
       {{"step", "step", "epoch of the features", {}, each<u32>(l.attempts_, &Tried::step)},
        {"question",
         "1",
         "row of decision_questions",
         {},
         each<u32>(l.attempts_, &Tried::question)},
        {"attempt", "1", "number, from 0", {}, each<u32>(l.attempts_, &Tried::number)},
        {"from", "1", "where it was found", replies, each<u8>(l.attempts_, &Tried::from)},
        {"outcome", "1", "what came of it", outcomes, each<u8>(l.attempts_, &Tried::outcome)},
        {"status", "1", "of HTTP; 0: none came", {}, each<u16>(l.attempts_, &Tried::status)},
        {"why", "1", "what was wrong; empty where nothing was", {}, l.why_.all()},
        {"answer", "1", "as it came, or its beginning", {}, l.answer_.all()},
        {"count",
         "1",
         "the answer as it was read: of 100; -1: none",
         {},
         each<i64>(l.attempts_, &Tried::count)},
        {"prompt_tokens",
         "1",
         "tokens of the question",
         {},
         each<i64>(l.attempts_, &Tried::prompt_tokens)},
        {"completion_tokens",
         "1",
         "tokens of the answer",
         {},
         each<i64>(l.attempts_, &Tried::completion_tokens)},
        {"cost", "1", "millionths of the unit of money", {}, each<i64>(l.attempts_, &Tried::cost)},
        {"latency",
         "us",
         "from sending to the answer; depends on the machine",
         {},
         each<i64>(l.attempts_, &Tried::latency_us)}}},
      {of_applied,
       "the numbers that decided",
       {{"asked", "step", "epoch of the features", {}, each<u32>(l.applied_, &Applied::asked)},
        {"in_force",
         "step",
         "first step that it decided",
         {},
         each<u32>(l.applied_, &Applied::in_force)},
        {"archetype", "1", "which question of the epoch", {}, each<u32>(l.applied_, &Applied::row)},
        {"subject", "1", "row of decision_subjects", {}, each<u32>(l.applied_, &Applied::subject)},
        {"share",
         "2^-20",
         "who would, of all: 1048576 is everybody",
         {},
         each<u32>(l.applied_, &Applied::share)},
        {"rung", "1", "where the number came from", rungs, each<u8>(l.applied_, &Applied::rung)},
        {"mass", "1", "rows it decided for", {}, each<u64>(l.applied_, &Applied::mass)},
        {"why",
         "1",
         "why no better rung had one; empty where none was tried",
         {},
         l.applied_why_.all()}}}};
}

void LedgerTables::read_features(const Columns& from, Ledger& ledger) {
  const auto& decision = from.values<std::string>("decision");
  const auto& feature = from.values<std::string>("feature");
  const auto& unit = from.values<std::string>("unit");
  const auto& label = from.values<std::string>("label");
  const auto& number = from.values<double>("number");
  const auto sort = from.codes("from", feature_from);
  for (std::size_t k = 0; k < from.rows(); ++k) {
    const Feature one{.name = feature[k],
                      .from = static_cast<Feature::From>(sort[k]),
                      .unit = unit[k],
                      .labels = {label[k]},
                      .numbers = {number[k]}};
    ledger.declare(decision[k], std::span(&one, 1));
  }
}

LedgerTables::Rows LedgerTables::read_subjects(const Columns& from, Ledger& ledger) {
  const auto& decision = from.values<std::string>("decision");
  const auto& features = from.values<std::string>("features");
  Rows rows;
  std::map<u32, u32> next;
  for (std::size_t k = 0; k < from.rows(); ++k) {
    const u32 replicate = from.replicate_of(k);
    rows[{replicate, next[replicate]++}] = ledger.subject_row(decision[k], features[k]);
  }
  return rows;
}

LedgerTables::Rows LedgerTables::read_questions(const Columns& from, Ledger& ledger) {
  const auto& key = from.values<std::string>("key");
  const auto& question = from.values<std::string>("question");
  Rows rows;
  std::map<u32, u32> next;
  for (std::size_t k = 0; k < from.rows(); ++k) {
    const u32 replicate = from.replicate_of(k);
    rows[{replicate, next[replicate]++}] = ledger.question_row(key[k], question[k]);
  }
  return rows;
}

u32 LedgerTables::row_in(const Rows& rows, const Columns& from, std::size_t row, u32 named) {
  const auto at = rows.find({from.replicate_of(row), named});
  if (at == rows.end()) {
    from.damaged("row " + std::to_string(row) + " names a row that is not there");
  }
  return at->second;
}

void LedgerTables::read_asked(const Columns& from, const Rows& subjects, const Rows& questions,
                              Ledger& ledger) {
  const auto& step = from.values<u32>("step");
  const auto& subject = from.values<u32>("subject");
  const auto& question = from.values<u32>("question");
  const auto& mass = from.values<u64>("mass");
  for (std::size_t k = 0; k < from.rows(); ++k) {
    ledger.asked_.push_back({.step = step[k],
                             .subject = row_in(subjects, from, k, subject[k]),
                             .question = row_in(questions, from, k, question[k]),
                             .mass = mass[k]});
  }
}

void LedgerTables::read_attempts(const Columns& from, const Rows& questions, Ledger& ledger) {
  const auto& step = from.values<u32>("step");
  const auto& question = from.values<u32>("question");
  const auto& number = from.values<u32>("attempt");
  const auto& status = from.values<u16>("status");
  const auto& why = from.values<std::string>("why");
  const auto& answer = from.values<std::string>("answer");
  const auto& count = from.values<i64>("count");
  const auto& prompt_tokens = from.values<i64>("prompt_tokens");
  const auto& completion_tokens = from.values<i64>("completion_tokens");
  const auto& cost = from.values<i64>("cost");
  const auto& latency = from.values<i64>("latency");
  const auto outcome = from.codes("outcome", outcome_labels);
  const auto found = from.codes("from", reply_from_labels);
  for (std::size_t k = 0; k < from.rows(); ++k) {
    ledger.add_attempt(step[k], row_in(questions, from, k, question[k]),
                       {.number = number[k],
                        .outcome = static_cast<OutcomeClass>(outcome[k]),
                        .status = status[k],
                        .why = why[k],
                        .raw = answer[k],
                        .count = count[k],
                        .prompt_tokens = prompt_tokens[k],
                        .completion_tokens = completion_tokens[k],
                        .cost = cost[k],
                        .latency_us = latency[k]},
                       static_cast<Reply::From>(found[k]));
  }
}

void LedgerTables::read_applied(const Columns& from, const Rows& subjects, Ledger& ledger) {
  const auto& asked = from.values<u32>("asked");
  const auto& in_force = from.values<u32>("in_force");
  const auto& row = from.values<u32>("archetype");
  const auto& subject = from.values<u32>("subject");
  const auto& share = from.values<u32>("share");
  const auto& mass = from.values<u64>("mass");
  const auto& why = from.values<std::string>("why");
  const auto rung = from.codes("rung", rung_labels);
  for (std::size_t k = 0; k < from.rows(); ++k) {
    if (share[k] > whole_share) {
      from.damaged("row " + std::to_string(k) + " has a share above 1");
    }
    ledger.applied_.push_back({.asked = asked[k],
                               .in_force = in_force[k],
                               .row = row[k],
                               .subject = row_in(subjects, from, k, subject[k]),
                               .share = share[k],
                               .rung = static_cast<Rung>(rung[k]),
                               .mass = mass[k]});
    ledger.applied_why_.add(why[k]);
  }
}

Ledger LedgerTables::read(const ResultsReader& results) {
  const auto names = results.table_names();
  for (const char* name :
       {of_features, of_subjects, of_questions, of_asked, of_attempts, of_applied}) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw InputError(results.path() + ": holds no ledger (it has no table '" + name +
                       "': nothing was decided by asking). Name the results of a run that asks.");
    }
  }
  Ledger ledger;
  read_features(Columns(results, of_features), ledger);
  const Rows subjects = read_subjects(Columns(results, of_subjects), ledger);
  const Rows questions = read_questions(Columns(results, of_questions), ledger);
  read_asked(Columns(results, of_asked), subjects, questions, ledger);
  read_attempts(Columns(results, of_attempts), questions, ledger);
  read_applied(Columns(results, of_applied), subjects, ledger);
  ledger.index();
  ledger.set_created(results.provenance().created);
  return ledger;
}

namespace {

/// Rows of one table behind those of another with the same columns; `subject` and `question` are
/// rows of tables that had so many before.
void add_rows(Table& table, const Table& more, u32 subjects, u32 questions) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& name = table.columns[c].name;
    const u32 before = name == "subject" ? subjects : name == "question" ? questions : 0;
    std::visit(
        [&](auto& values) {
          using Values = std::remove_reference_t<decltype(values)>;
          const auto& others = std::get<Values>(more.columns[c].values);
          const std::size_t first = values.size();
          values.insert(values.end(), others.begin(), others.end());
          if constexpr (std::is_same_v<Values, std::vector<u32>>) {
            for (std::size_t k = first; k < values.size(); ++k) {
              values[k] += before;
            }
          }
        },
        table.columns[c].values);
  }
}

}  // namespace

void Ledger::write(Results& results) const {
  if (empty()) {
    return;
  }
  const auto find = [&](std::string_view name) {
    return std::find_if(results.tables.begin(), results.tables.end(),
                        [&](const Table& t) { return t.name == name; });
  };
  const auto rows_of = [&](std::string_view name) {
    const auto at = find(name);
    return at == results.tables.end() ? 0 : static_cast<u32>(at->rows());
  };
  const u32 subjects = rows_of(of_subjects), questions = rows_of(of_questions);
  for (Table& table : LedgerTables::of(*this)) {
    if (const auto at = find(table.name); at != results.tables.end()) {
      add_rows(*at, table, subjects, questions);
    } else {
      results.tables.push_back(std::move(table));
    }
  }
}

Ledger Ledger::read(const ResultsReader& results) { return LedgerTables::read(results); }

}  // namespace throng
