#include <clocale>
#include <cmath>
#include <fstream>
#include <locale>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "io/publish.h"
#include "io/run_directory.h"
#include "tests/io/sample_results.h"
#include "tests/io/scratch.h"

using namespace throng;
using nlohmann::json;

namespace {
json run_json(const std::string& folder) { return json::parse(read_file(folder + "/run.json")); }
}  // namespace

TEST_CASE("a run directory tells status, origin and summary", "[io]") {
  const Scratch scratch;
  auto run = RunDirectory::create(scratch / "deep/run dir «ü»");
  CHECK(run_json(run.path())["status"] == "initializing");

  run.set_provenance("sample", 7, sample_results().provenance);
  run.set_status(RunStatus::running);
  run.write_scenario("[run]\nseed = 7\n");
  run.set_status(RunStatus::completed, {{"attack_rate", 0.25}, {"deaths", i64{3}}});

  const json told = run_json(run.path());
  CHECK(told["format"] == "throng-run");
  CHECK(told["status"] == "completed");
  CHECK(told["scenario"] == "sample");
  CHECK(told["seed"] == 7);
  CHECK(told["created"] == "2026-03-01T12:00:00Z");
  CHECK(told["ranks"] == 2);
  CHECK(told["libraries"]["MPI"] == "4.1.4");
  CHECK(told["inputs"][0]["sha256"] == std::string(64, 'a'));
  CHECK(told["software"]["version"] == this_build().version);
  CHECK(told["command_line"][2] == "my town.toml");
  CHECK(told["summary"]["attack_rate"] == 0.25);
  CHECK(told["summary"]["deaths"] == 3);
  CHECK(read_file(run.path() + "/scenario.toml") == "[run]\nseed = 7\n");
  CHECK_FALSE(std::filesystem::exists(run.path() + "/run.json.tmp"));
}

TEST_CASE("a log line is one JSON object, on disk at once", "[io]") {
  const Scratch scratch;
  auto run = RunDirectory::create(scratch / "run");

  run.log(Severity::info, "step", std::vector<Field>{{"step", u64{3}}, {"r", std::nan("")}});
  run.log(Severity::warning, "odd",
          std::vector<Field>{{"path", std::string("a\nb \xff")}, {"kept", true}});

  std::ifstream log(run.path() + "/log.jsonl");
  std::string first, second, none;
  std::getline(log, first);
  std::getline(log, second);
  CHECK(json::parse(first)["step"] == 3);
  CHECK(json::parse(first)["r"].is_null());
  CHECK(json::parse(first)["severity"] == "info");
  CHECK(json::parse(second)["path"] == "a\nb \xEF\xBF\xBD");
  CHECK(json::parse(second)["kept"] == true);
  CHECK_FALSE(std::getline(log, none));
  CHECK(run.lost_log_lines() == 0);
}

TEST_CASE("a folder with other files is refused and left alone", "[io]") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "thesis");
  replace_file(scratch / "thesis/chapter.tex", "precious");
  replace_file(scratch / "a file", "also precious");

  CHECK_THROWS_WITH(RunDirectory::create(scratch / "thesis"),
                    Catch::Contains("cannot be a run directory (it holds other files)"));
  CHECK_THROWS_AS(RunDirectory::create(scratch / "a file"), CannotCreate);
  CHECK_THROWS_AS(RunDirectory::create(scratch / "a file/run"), CannotCreate);
  CHECK_THROWS_AS(RunDirectory::create("/proc/no run here"), CannotCreate);

  CHECK(read_file(scratch / "thesis/chapter.tex") == "precious");
  CHECK_FALSE(std::filesystem::exists(scratch / "thesis/run.lock"));
  CHECK_FALSE(std::filesystem::exists(scratch / "thesis/run.json"));
}

TEST_CASE("a run.json of another program does not make a folder ours", "[io]") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "other");
  replace_file(scratch / "other/run.json", R"({"format": "else"})");
  std::filesystem::create_directory(scratch / "broken");
  replace_file(scratch / "broken/run.json", "{");

  CHECK_THROWS_AS(RunDirectory::create(scratch / "other"), CannotCreate);
  CHECK_THROWS_AS(RunDirectory::create(scratch / "broken"), CannotCreate);
}

TEST_CASE("a second run cannot enter a live one's folder, a later one takes it over", "[io]") {
  const Scratch scratch;
  {
    auto first = RunDirectory::create(scratch / "run");
    write_results(first.results_path(), sample_results());
    first.set_status(RunStatus::failed);

    CHECK_THROWS_WITH(RunDirectory::create(scratch / "run"),
                      Catch::Contains("another run is writing into it"));
    CHECK(run_json(scratch / "run")["status"] == "failed");
    CHECK(std::filesystem::exists(scratch / "run/results.h5"));
  }

  CHECK_FALSE(std::filesystem::exists(scratch / "run/run.lock"));
  {
    const auto second = RunDirectory::create(scratch / "run", true);

    CHECK(second.earlier().empty());
    CHECK(run_json(scratch / "run")["status"] == "initializing");
    CHECK(read_results(second.results_path()).seed() == 7);
  }
  const auto third = RunDirectory::create(scratch / "run");

  CHECK(third.earlier() == scratch / "run/earlier-1");
  CHECK(run_json(third.earlier())["status"] == "initializing");
  CHECK(read_results(third.earlier() + "/results.h5").seed() == 7);
  CHECK_FALSE(std::filesystem::exists(third.results_path()));
}

TEST_CASE("a folder whose own file is an input is not taken over", "[io]") {
  const Scratch scratch;
  {
    const auto run = RunDirectory::create(scratch / "run");
    run.write_scenario("mine");
  }
  const std::vector<std::string> inputs{scratch / "elsewhere.toml",
                                        scratch / "run/../run/scenario.toml"};

  CHECK_THROWS_WITH(RunDirectory::create(scratch / "run", true, inputs),
                    Catch::Contains("scenario.toml, which it would replace"));

  CHECK(read_file(scratch / "run/scenario.toml") == "mine");
  CHECK_NOTHROW(RunDirectory::create(scratch / "run", true, std::span(inputs).first(1)));
}

TEST_CASE("the lock goes with its owner, and one left by a kill does not stand in the way",
          "[io]") {
  const Scratch scratch;
  const std::string lock = scratch / "run/run.lock";
  { const auto run = RunDirectory::create(scratch / "run"); }
  CHECK_FALSE(std::filesystem::exists(lock));
  const Ending killed = in_child([&] {
    const auto run = RunDirectory::create(scratch / "run");
    ::raise(SIGKILL);
    return std::string();
  });
  CHECK(killed.code == SIGKILL);
  CHECK(std::filesystem::exists(lock));

  auto run = RunDirectory::create(scratch / "run");

  CHECK(run_json(run.path())["status"] == "initializing");
}

TEST_CASE("a lock left by a kill is forgotten, a live one is not", "[io]") {
  const Scratch scratch;
  const std::string lock = scratch / "run/run.lock";
  {
    const RunDirectory run = RunDirectory::create(scratch / "run");

    RunDirectory::forget_lock(scratch / "run");

    CHECK(std::filesystem::exists(lock));
  }
  std::ofstream(lock) << "";

  RunDirectory::forget_lock(scratch / "run");

  CHECK_FALSE(std::filesystem::exists(lock));
  RunDirectory::forget_lock(scratch / "run");
  RunDirectory::forget_lock(scratch / "none");
}

TEST_CASE("a start that was cut short leaves a folder that can be used", "[io]") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch / "run");
  std::ofstream(scratch / "run/run.lock") << "";
  std::ofstream(scratch / "run/run.json.tmp") << "{\"form";

  const auto run = RunDirectory::create(scratch / "run");

  CHECK(run_json(run.path())["status"] == "initializing");
}

namespace {
/// Writes 8336817 as "8.336.817" and 0.25 as "0,25", as some locales do.
struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};
}  // namespace

TEST_CASE("files do not depend on the locale", "[io]") {
  const Scratch scratch;
  const std::locale before = std::locale::global(std::locale(std::locale(), new CommaPoint));
  const std::string before_of_c = std::setlocale(LC_ALL, nullptr);
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // where the system has it

  auto run = RunDirectory::create(scratch / "run");
  run.set_status(RunStatus::completed, {{"attack_rate", 0.25}, {"agents", i64{8336817}}});
  std::locale::global(before);
  std::setlocale(LC_ALL, before_of_c.c_str());

  const std::string text = read_file(scratch / "run/run.json");
  CHECK_THAT(text, Catch::Contains("\"attack_rate\": 0.25"));
  CHECK_THAT(text, Catch::Contains("\"agents\": 8336817"));
}

TEST_CASE("a pending file that is not published leaves what was there", "[io]") {
  const Scratch scratch;
  replace_file(scratch / "a.txt", "old");
  {
    const PendingFile pending(scratch / "a.txt");
    std::ofstream(pending.temporary()) << "half";
  }

  CHECK(read_file(scratch / "a.txt") == "old");
  CHECK_FALSE(std::filesystem::exists(scratch / "a.txt.tmp"));
}

TEST_CASE("another process of the run can say that it failed", "[io]") {
  const Scratch scratch;
  auto run = RunDirectory::create(scratch / "run");
  run.set_provenance("sample", 7, sample_results().provenance);
  run.set_status(RunStatus::running);

  RunDirectory::fail(run.path(), "rank 1: out of memory");
  RunDirectory::fail(run.path(), "rank 2: out of memory");

  const json told = run_json(run.path());
  CHECK(told["status"] == "failed");
  CHECK(told["summary"]["error"] == "rank 1: out of memory");
  CHECK(told["seed"] == 7);
  const json line = json::parse(read_file(run.path() + "/log.jsonl"));
  CHECK(line["event"] == "failed");
  CHECK(line["error"] == "rank 1: out of memory");
  CHECK(std::filesystem::exists(run.path() + "/run.lock"));
  CHECK_THROWS_AS(RunDirectory::fail(scratch / "nowhere", "rank 1"), IoError);
}
