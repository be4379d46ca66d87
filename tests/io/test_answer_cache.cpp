#include <fstream>
#include <iterator>
#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "io/answer_cache.h"
#include "io/asking_json.h"
#include "io/hash.h"
#include "io/publish.h"
#include "sim/error.h"
#include "tests/io/sample_ledger.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

/// Question k, whose answer is k of 100.
ModelQuestion question(i64 k) { return sample_question("Question " + std::to_string(k) + "."); }
std::string canonical(i64 k) { return canonical_question(sample_settings(), question(k)); }
std::string key(i64 k) { return sha256(canonical(k)); }

void put(AnswerCache& cache, i64 k) {
  cache.put(canonical(k), sample_reply(question(k), {sample_failure(0), sample_success(1, k)}));
}

std::string text_of(const Reply& reply) {
  std::string text = reply.key;
  for (const Attempt& attempt : reply.attempts) {
    text += json_of(attempt).dump();
  }
  return text;
}

std::string all_files_of(const std::string& path) {
  std::string all = read_file(path);
  for (const char* suffix : {"-wal", "-shm"}) {
    if (std::filesystem::exists(path + suffix)) {
      all += read_file(path + suffix);
    }
  }
  return all;
}

/// How many of the first n are found, all of them right.
i64 found(const std::string& path, i64 n) {
  AnswerCache cache(path);
  i64 there = 0;
  for (i64 k = 0; k < n; ++k) {
    if (const auto reply = cache.find(key(k))) {
      CHECK(reply->attempts.back().count == k);
      ++there;
    }
  }
  return there;
}

}  // namespace

TEST_CASE("an answer is found again with all its attempts, in a later process too", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  const Reply reply = sample_reply(question(3), {sample_failure(0), sample_success(1, 3)});
  {
    AnswerCache cache(path);
    CHECK_FALSE(cache.find(key(3)));
    cache.put(canonical(3), reply);
  }
  AnswerCache cache(path);

  const auto again = cache.find(key(3));

  REQUIRE(again);
  CHECK(again->ok());
  CHECK(again->from == Reply::From::cache);
  CHECK(text_of(*again) == text_of(reply));
  CHECK_FALSE(cache.find(key(4)));
  CHECK(cache.counts().questions == 1);
}

TEST_CASE("failures are kept for the record and never found", "[io]") {
  const Scratch scratch;
  AnswerCache cache(scratch / "answers.db");
  const Reply failed = sample_reply(question(1), {sample_failure(0), sample_failure(1)});
  cache.put(canonical(1), failed);
  cache.put(canonical(1), failed);
  CHECK_FALSE(cache.find(key(1)));
  CHECK(cache.counts().failed == 2);

  put(cache, 1);
  cache.put(canonical(1), failed);

  CHECK(cache.find(key(1))->attempts.back().count == 1);
  CHECK(cache.counts().failed == 3);
  CHECK(cache.counts().questions == 1);
}

TEST_CASE("of two answers to one question the first stays", "[io]") {
  const Scratch scratch;
  AnswerCache cache(scratch / "answers.db");
  cache.put(canonical(5), sample_reply(question(5), {sample_success(0, 50)}));
  cache.put(canonical(5), sample_reply(question(5), {sample_success(0, 60)}));
  CHECK(cache.find(key(5))->attempts.back().count == 50);
  CHECK(cache.counts().ok == 1);
}

TEST_CASE("an answer that was put is there after the process was killed at once", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  for (i64 k = 0; k < 5; ++k) {
    const Ending ending = in_child([&]() -> std::string {
      AnswerCache cache(path);
      put(cache, k);
      ::raise(SIGKILL);
      return "still there";
    });
    CHECK_FALSE(ending.exited);
    CHECK(found(path, 5) == k + 1);
  }
}

TEST_CASE("a process that is killed at any moment loses nothing that was put, and harms nothing",
          "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  AnswerCache other(path);
  for (int round = 0; round < 8; ++round) {
    const i64 first = 1000 * round;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        AnswerCache cache(path);
        for (i64 k = first;; ++k) {
          put(cache, k);
          if (::write(ends[1], &k, sizeof k) != sizeof k) {
            break;
          }
        }
      } catch (const std::exception&) {
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    i64 last = -1;
    for (int k = 0; k <= 3 + 2 * round; ++k) {
      REQUIRE(::read(ends[0], &last, sizeof last) == sizeof last);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    while (::read(ends[0], &last, sizeof last) == sizeof last) {
    }
    ::close(ends[0]);
    for (i64 k = first; k <= last; ++k) {
      const auto reply = other.find(key(k));
      REQUIRE(reply);
      CHECK(reply->attempts.back().count == k);
    }
  }
}

TEST_CASE("several processes and threads share one cache", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  constexpr i64 each = 40;
  // Four processes open the same new file at once, each with two threads; their questions overlap.
  std::vector<pid_t> children;
  for (i64 process = 0; process < 4; ++process) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int code = 0;
      try {
        AnswerCache cache(path);
        std::thread other([&] {
          for (i64 k = 0; k < each; ++k) {
            put(cache, process * each / 2 + k);
          }
        });
        for (i64 k = 0; k < each; ++k) {
          const auto reply = cache.find(key(process * each / 2 + k));
          code = reply && !reply->ok() ? 1 : code;
          put(cache, process * each / 2 + each - 1 - k);
        }
        other.join();
      } catch (const std::exception&) {
        code = 1;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  CHECK(found(path, 5 * each / 2) == 5 * each / 2);
  CHECK(AnswerCache(path).counts().ok == 5 * each / 2);
}

TEST_CASE("a changed byte of a cache never gives another answer", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db", whole = scratch / "whole.db";
  {
    AnswerCache cache(whole);
    for (i64 k = 0; k < 30; ++k) {
      put(cache, k);
    }
  }
  const std::string good = read_file(whole);
  std::map<std::string, int> ways;
  for (std::size_t at = 0; at < good.size(); at += 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x11);
    replace_file(path, bad);
    std::string way = "answers are right";
    try {
      AnswerCache cache(path);
      for (i64 k = 0; k < 30; ++k) {
        const auto reply = cache.find(key(k));
        way = reply ? way : "an answer is missing";
        if (reply) {
          REQUIRE(text_of(*reply) ==
                  text_of(sample_reply(question(k), {sample_failure(0), sample_success(1, k)})));
        }
      }
    } catch (const IoError& error) {
      REQUIRE_THAT(error.what(), Catch::StartsWith(path + ": "));
      way = "damaged";
    } catch (const InputError& error) {
      REQUIRE_THAT(error.what(), Catch::StartsWith(path + ": "));
      way = "another file";
    }
    ++ways[way];
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
  }
  std::string told;
  for (const auto& [way, times] : ways) {
    told += way + ": " + std::to_string(times) + "; ";
  }
  WARN(told);
  CHECK(ways["damaged"] > 0);
}

TEST_CASE("a cache is examined without a trace, and a changed one is known", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "what? 100%#.sqlite";
  {
    AnswerCache cache(path);
    for (i64 k = 0; k < 30; ++k) {
      put(cache, k);
    }
    Attempt failed = sample_failure(0);
    cache.put(canonical(99), sample_reply(question(99), {failed}));
  }
  const std::string good = all_files_of(path);

  const AnswerCache::Counts counts = AnswerCache::examine(path);

  CHECK(counts.questions == 31);
  CHECK(counts.ok == 30);
  CHECK(counts.failed == 1);
  CHECK(all_files_of(path) == good);
  CHECK_FALSE(std::filesystem::exists(path + "-shm"));
  // Another number in an answer, where nothing else gives it away.
  std::string bad = good;
  const auto at = bad.find("\"count\":7");
  REQUIRE(at != std::string::npos);
  bad[at + 8] = '8';
  replace_file(path, bad);
  CHECK_THROWS_WITH(AnswerCache::examine(path), Catch::Contains("is not as it was written"));
  replace_file(path, std::string(5000, 'x'));
  CHECK_THROWS_WITH(AnswerCache::examine(path), Catch::Contains("is no cache of answers"));
  CHECK_THROWS_AS(AnswerCache::examine(scratch / "none"), IoError);
}

TEST_CASE("a file that is no cache, or of a newer program, is refused with what to do", "[io]") {
  const Scratch scratch;
  const auto message = [&](const std::string& text) {
    replace_file(scratch / "a", text);
    try {
      AnswerCache cache(scratch / "a");
    } catch (const InputError& error) {
      return std::string(error.what());
    } catch (const IoError& error) {
      return std::string("IoError ") + error.what();
    }
    return std::string("no error");
  };
  {
    AnswerCache cache(scratch / "good");
    put(cache, 1);
  }
  const std::string good = read_file(scratch / "good");

  CHECK(message("") == "no error");
  CHECK(message(std::string(5000, 'x')) ==
        (scratch / "a") +
            ": is no cache of answers (SQLite does not know it). Name another file: one that is "
            "not there is made.");
  std::string other = good;  // the program's number is at byte 68, its version at 60
  other[70] = 'x';
  CHECK_THAT(message(other), Catch::Contains("it is a database of something else"));
  std::string newer = good;
  newer[63] = 2;
  CHECK_THAT(message(newer), Catch::Contains("has version 2 (this program reads 1)"));
  CHECK_THAT(message(good.substr(0, good.size() / 2)),
             Catch::Contains("IoError") && Catch::Contains("is damaged"));
  CHECK_THROWS_WITH(AnswerCache(scratch.path()), Catch::Contains(scratch.path() + ": cannot be"));
  CHECK_THROWS_WITH(AnswerCache(scratch / "no/such/folder.db"),
                    Catch::Contains("folder.db: cannot be opened (No such file or directory)"));
  CHECK_THROWS_AS(AnswerCache(""), InputError);
}

TEST_CASE("a full disk is an error that names the cache, and what was put before stays", "[io]") {
  const Scratch scratch;
  const std::string disk = scratch / "disk", path = disk + "/answers.db";
  std::filesystem::create_directory(disk);
  const Ending ending = in_child([&]() -> std::string {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", disk.c_str(), "tmpfs", 0, "size=512k") != 0) {
      return "no disk";
    }
    i64 there = 0;
    std::string failure;
    {
      AnswerCache cache(path);
      try {
        for (i64 k = 0; k < 10'000; ++k) {
          put(cache, k);
          ++there;
        }
      } catch (const IoError& error) {
        failure = error.what();
      }
      if (cache.counts().ok != static_cast<u64>(there)) {
        return "what was put is not there";
      }
    }
    AnswerCache again(path);
    for (i64 k = 0; k < there; ++k) {
      if (!again.find(key(k))) {
        return "what was put is gone";
      }
    }
    return std::to_string(there) + " were put, then " + failure;
  });
  CHECK(ending.exited);
  if (ending.said == "no disk") {
    WARN("SKIPPED: no disk could be mounted (that takes root): a full one was NOT tried");
    return;
  }
  INFO(ending.said);
  CHECK_THAT(ending.said, Catch::Contains("were put, then " + path + ": cannot be written") &&
                              Catch::Contains("No space left on device") &&
                              Catch::Contains("Free space, or choose another folder."));
}

TEST_CASE("a limit of file sizes is an error that names the cache", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  const Ending ending = in_child([&]() -> std::string {
    ::signal(SIGXFSZ, SIG_IGN);
    AnswerCache cache(path);
    const struct rlimit limit { 200'000, 200'000 };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    i64 there = 0;
    try {
      for (; there < 10'000; ++there) {
        put(cache, there);
      }
    } catch (const IoError& error) {
      return std::to_string(there) + " were put, then " + error.what();
    }
    return "no error";
  });
  CHECK_THAT(ending.said,
             Catch::Contains("were put, then " + path + ": cannot be written (File too large"));
  const i64 there = std::stoll(ending.said);
  CHECK(there > 5);
  CHECK(found(path, 10'000) == there);
}

TEST_CASE("a cache holds nothing but questions and answers", "[io]") {
  const Scratch scratch;
  const std::string path = scratch / "answers.db";
  ::setenv("SAMPLE_ACCOUNT", "sk-secret-4711", 1);
  AnswerCache cache(path);
  put(cache, 1);
  const std::string all = all_files_of(path);
  CHECK_THAT(all, Catch::Contains("Question 1."));
  for (const char* word : {"sk-secret", "Authorization", "Bearer", "http://", "https://"}) {
    CHECK_THAT(all, !Catch::Contains(word));
  }
}
