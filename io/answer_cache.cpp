#include "io/answer_cache.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include <sqlite3.h>

#include "io/asking_json.h"
#include "io/hash.h"
#include "io/json_text.h"
#include "io/publish.h"
#include "sim/error.h"
#include "sim/words.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

/// "Thrg" in the header of the file, which SQLite leaves to programs; and our version of it.
constexpr int application = 0x54687267, version = 1;
/// For others who write: a commit takes milliseconds.
constexpr int patience_ms = 30'000;

constexpr char schema[] =
    "CREATE TABLE questions (key TEXT PRIMARY KEY, model TEXT NOT NULL, question TEXT NOT NULL);"
    "CREATE TABLE replies (id INTEGER PRIMARY KEY, key TEXT NOT NULL REFERENCES questions (key),"
    " ok INTEGER NOT NULL, attempts TEXT NOT NULL, seal TEXT NOT NULL);"
    "CREATE UNIQUE INDEX answers ON replies (key) WHERE ok = 1;"
    "PRAGMA application_id = 1416131175; PRAGMA user_version = 1;";
static_assert(application == 1416131175 && version == 1, "as the schema says");

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

[[noreturn]] void damaged(const std::string& path, const std::string& why) {
  throw IoError(path + ": is damaged (" + why +
                "). Move it and its -wal and -shm files away: a new one is made, and what it held "
                "is asked again; or use a copy of it.");
}

[[noreturn]] void foreign(const std::string& path, const std::string& why) {
  throw InputError(path + ": is no cache of answers (" + why +
                   "). Name another file: one that is not there is made.");
}

std::string seal_of(const std::string& key, const std::string& question,
                    const std::string& attempts) {
  return sha256(key + "\n" + question + "\n" + attempts);
}

}  // namespace

struct AnswerCache::Connection {
  std::string path;
  std::unique_ptr<sqlite3, CloseDatabase> database;

  /// What SQLite refused to do, as an error of ours.
  [[noreturn]] void fail(int code, const std::string& what, u64 bytes = 0) const {
    const int last = errno;  // of writing to its log SQLite does not tell
    const std::string words =
        database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database.get());
    const int told = database == nullptr ? 0 : sqlite3_system_errno(database.get());
    const int system = told == 0 && (code & 0xFF) == SQLITE_IOERR ? last : told;
    switch (code & 0xFF) {
      case SQLITE_NOTADB:
        foreign(path, "SQLite does not know it");
      case SQLITE_CORRUPT:
        damaged(path, words);
      case SQLITE_FULL:
        throw system_failure(path, what, ENOSPC, bytes);
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        throw IoError(path + ": cannot " + what + " (another process has held it for " +
                      std::to_string(patience_ms / 1000) + " s). End that one, or run again.");
      default:
        break;
    }
    if (system != 0) {
      throw system_failure(path, what, system, bytes);
    }
    throw IoError(path + ": cannot " + what + " (SQLite: " + words + ").");
  }

  void run(const char* sql, const std::string& what) const {
    if (const int code = sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr);
        code != SQLITE_OK) {
      fail(code, what);
    }
  }

  /// The first column of the first row, as a text.
  std::string text(const char* sql, const std::string& what) const;
};

namespace {

/// A statement with its values; steps through its rows.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) {
    sqlite3_stmt* made = nullptr;
    code_ = sqlite3_prepare_v2(database, sql, -1, &made, nullptr);
    statement_.reset(made);
  }
  Statement& bind(const std::string& text) {
    // Texts live as long as the statement does: see its callers.
    note(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_STATIC,
                             SQLITE_UTF8));
    return *this;
  }
  Statement& bind(i64 number) {
    note(sqlite3_bind_int64(statement_.get(), ++bound_, number));
    return *this;
  }
  /// SQLITE_ROW, SQLITE_DONE, or what failed.
  int step() {
    if (code_ == SQLITE_OK || code_ == SQLITE_ROW) {
      code_ = sqlite3_step(statement_.get());
    }
    return code_;
  }
  std::string text(int column) const {
    const auto* bytes =
        reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
  }
  i64 number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

 private:
  void note(int code) { code_ = code_ == SQLITE_OK ? code : code_; }
  std::unique_ptr<sqlite3_stmt, CloseStatement> statement_;
  int code_ = SQLITE_OK;
  int bound_ = 0;
};

/// All or nothing: taken back where it is not committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (sqlite3_get_autocommit(database_) == 0) {
      sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }

 private:
  sqlite3* database_;
};

}  // namespace

std::string AnswerCache::Connection::text(const char* sql, const std::string& what) const {
  Statement statement(database.get(), sql);
  if (const int code = statement.step(); code != SQLITE_ROW) {
    fail(code, what);
  }
  return statement.text(0);
}

namespace {

/// Two that open a new file at once are in each other's way here, whatever their patience.
template <class Try>
void until_free(Try&& attempt) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (true) {
    const int code = attempt();
    if ((code & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() > end) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

namespace {

/// Throws where a database that is open is not one of ours.
void expect_ours(const std::string& path, const std::string& id, const std::string& made_by) {
  if (id != std::to_string(application)) {
    foreign(path, "it is a database of something else");
  }
  if (made_by != std::to_string(version)) {
    throw InputError(path + ": has version " + made_by + " (this program reads " +
                     std::to_string(version) +
                     "). Name another file, or use the program that made it.");
  }
}

/// As SQLite wants to be told of a file that nobody is to touch.
std::string untouched(const std::string& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += formatted("%%%02X", static_cast<unsigned>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

AnswerCache::Counts AnswerCache::examine(const std::string& path) {
  Connection c;
  c.path = path;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      untouched(path).c_str(), &opened,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  c.database.reset(opened);
  if (code != SQLITE_OK) {
    c.fail(code, "be opened");
  }
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, 1 << 26);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  expect_ours(path, c.text("PRAGMA application_id", "be read"),
              c.text("PRAGMA user_version", "be read"));
  if (const std::string built = c.text("PRAGMA quick_check(1)", "be read"); built != "ok") {
    damaged(path, built);
  }
  Counts counts;
  counts.questions = std::stoull(c.text("SELECT count(*) FROM questions", "be read"));
  Statement replies(opened,
                    "SELECT q.key, q.question, r.attempts, r.seal, r.ok FROM replies r LEFT JOIN "
                    "questions q ON q.key = r.key");
  int stepped = replies.step();
  for (; stepped == SQLITE_ROW; stepped = replies.step()) {
    const std::string key = replies.text(0), question = replies.text(1);
    if (sha256(question) != key || seal_of(key, question, replies.text(2)) != replies.text(3)) {
      damaged(path, "the answer to " + key + " is not as it was written");
    }
    (replies.number(4) == 1 ? counts.ok : counts.failed) += 1;
  }
  if (stepped != SQLITE_DONE) {
    c.fail(stepped, "be read");
  }
  return counts;
}

AnswerCache::AnswerCache(std::string path)
    : path_(std::move(path)), connection_(std::make_unique<Connection>()) {
  if (path_.empty()) {
    throw InputError("cache of answers: has no name (it is a file). Name one.");
  }
  Connection& c = *connection_;
  c.path = path_;
  sqlite3* opened = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code =
      sqlite3_open_v2(std::filesystem::absolute(path_).c_str(), &opened, flags, nullptr);
  c.database.reset(opened);
  if (code != SQLITE_OK) {
    c.fail(code, "be opened");
  }
  if (sqlite3_db_readonly(opened, "main") == 1) {
    throw system_failure(path_, "be written", EACCES);
  }
  sqlite3_busy_timeout(opened, patience_ms);
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, 1 << 26);
  // What others put into a file must not run here.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  c.run("PRAGMA synchronous = FULL", "be opened");
  const auto is_new = [&] {
    return c.text("PRAGMA application_id", "be read") == "0" &&
           c.text("SELECT count(*) FROM sqlite_schema", "be read") == "0";
  };
  if (is_new()) {
    std::string mode;
    until_free([&] {
      Statement statement(opened, "PRAGMA journal_mode = WAL");
      const int stepped = statement.step();
      mode = stepped == SQLITE_ROW ? statement.text(0) : mode;
      return stepped;
    });
    if (mode != "wal") {
      throw IoError(path_ +
                    ": cannot be shared (SQLite keeps no write-ahead log there; disks of a network "
                    "and folders that nobody may write to are such). Choose a disk of this "
                    "machine.");
    }
    const Transaction transaction(opened);
    c.run("BEGIN IMMEDIATE", "be written");
    if (is_new()) {  // nobody else was faster
      c.run(schema, "be written");
    }
    c.run("COMMIT", "be written");
  }
  expect_ours(path_, c.text("PRAGMA application_id", "be read"),
              c.text("PRAGMA user_version", "be read"));
  c.text("SELECT (SELECT count(*) FROM questions) + (SELECT count(*) FROM replies)", "be read");
}

AnswerCache::~AnswerCache() = default;

std::optional<Reply> AnswerCache::find(const std::string& key) {
  const std::lock_guard lock(one_at_a_time_);
  const Connection& c = *connection_;
  Statement statement(c.database.get(),
                      "SELECT q.question, r.attempts, r.seal FROM replies r JOIN questions q ON "
                      "q.key = r.key WHERE r.key = ? AND r.ok = 1");
  const int code = statement.bind(key).step();
  if (code == SQLITE_DONE) {
    return std::nullopt;
  }
  if (code != SQLITE_ROW) {
    c.fail(code, "be read");
  }
  const std::string question = statement.text(0), attempts = statement.text(1);
  if (sha256(question) != key || seal_of(key, question, attempts) != statement.text(2)) {
    damaged(path_, "the answer to " + key + " is not as it was written");
  }
  Reply reply{.key = key, .from = Reply::From::cache, .attempts = {}};
  try {
    for (const Json& one : parse_json(attempts)) {
      reply.attempts.push_back(attempt_of(one, path_));
    }
  } catch (const InputError& error) {
    damaged(path_, error.what());
  }
  if (!reply.ok()) {
    damaged(path_, "the answer to " + key + " is none");
  }
  return reply;
}

void AnswerCache::put(const std::string& canonical, const Reply& reply) {
  ensures(sha256(canonical) == reply.key, "an answer is kept with the question it is of");
  const std::string model = read_canonical(canonical, "question").first.model;
  Json list = Json::array();
  for (const Attempt& attempt : reply.attempts) {
    list.push_back(json_of(attempt));
  }
  const std::string attempts = list.dump(), seal = seal_of(reply.key, canonical, attempts);
  const u64 bytes = canonical.size() + attempts.size();
  const std::string what = "be written";

  const std::lock_guard lock(one_at_a_time_);
  const Connection& c = *connection_;
  sqlite3* const database = c.database.get();
  const Transaction transaction(database);
  errno = 0;
  c.run("BEGIN IMMEDIATE", what);
  Statement of_question(database, "INSERT INTO questions VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  if (const int code = of_question.bind(reply.key).bind(model).bind(canonical).step();
      code != SQLITE_DONE) {
    c.fail(code, what, bytes);
  }
  Statement of_reply(database,
                     "INSERT INTO replies (key, ok, attempts, seal) VALUES (?, ?, ?, ?) ON "
                     "CONFLICT DO NOTHING");
  if (const int code =
          of_reply.bind(reply.key).bind(i64{reply.ok()}).bind(attempts).bind(seal).step();
      code != SQLITE_DONE) {
    c.fail(code, what, bytes);
  }
  if (const int code = sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
      code != SQLITE_OK) {
    c.fail(code, what, bytes);
  }
}

void AnswerCache::copy_to(const std::string& path) const {
  const std::lock_guard lock(one_at_a_time_);
  const Connection& c = *connection_;
  Statement statement(c.database.get(), "VACUUM INTO ?");
  if (const int code = statement.bind(path).step(); code != SQLITE_DONE) {
    c.fail(code, "be copied to " + path);
  }
}

AnswerCache::Counts AnswerCache::counts() const {
  const std::lock_guard lock(one_at_a_time_);
  const Connection& c = *connection_;
  Statement statement(c.database.get(),
                      "SELECT (SELECT count(*) FROM questions), count(*) FILTER (WHERE ok = 1), "
                      "count(*) FILTER (WHERE ok = 0) FROM replies");
  if (const int code = statement.step(); code != SQLITE_ROW) {
    c.fail(code, "be read");
  }
  return {static_cast<u64>(statement.number(0)), static_cast<u64>(statement.number(1)),
          static_cast<u64>(statement.number(2))};
}

}  // namespace throng
