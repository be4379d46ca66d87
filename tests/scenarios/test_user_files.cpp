#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "scenarios/scenario_file.h"
#include "scenarios/user_files.h"
#include "tests/scenarios/people_schema.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;

// A folder that goes away with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("throng_user_files_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};
}  // namespace

TEST_CASE("people are numbered in the order of their ids", "[user_files]") {
  const Folder folder;
  const UserFiles files{
      folder.write("people.csv",
                   "id,age,sex,neighborhood,household,place\n"
                   "900000000000,30,female,north,50,1\n"
                   "5,31,male,north,50,\n"
                   "70,5,other,south,2,8\n"),
      {},
      {},
      folder.write("edges.csv", "source,target,weight\n5,70,0.5\n900000000000,5,2\n")};

  const auto p = read_user_population(files);

  CHECK(p.people.id == std::vector<i64>{5, 70, 900000000000});
  CHECK(p.people.age == std::vector<u8>{31, 5, 30});
  CHECK(p.people.sex == std::vector<Sex>{Sex::male, Sex::other, Sex::female});
  CHECK(p.neighborhoods == std::vector<std::string>{"north", "south"});
  CHECK(p.people.neighborhood == std::vector<u32>{0, 1, 0});
  CHECK(p.households.id == std::vector<i64>{2, 50});
  CHECK(p.people.household == std::vector<u32>{1, 0, 1});
  CHECK(p.places.id == std::vector<i64>{1, 8});
  CHECK(p.people.place == std::vector<u32>{no_agent, 1, 0});
  CHECK(p.edges.source == std::vector<AgentId>{0, 2});
  CHECK(p.edges.target == std::vector<AgentId>{1, 0});
  CHECK(p.edges.weight == std::vector<double>{0.5, 2.0});
  CHECK(p.edges.directed.empty());
}

TEST_CASE("only ids are needed", "[user_files]") {
  const Folder folder;

  const auto p = read_user_population({folder.write("people.csv", "id\n1\n0\n2\n"), {}, {}, {}});

  CHECK(p.people.id == std::vector<i64>{0, 1, 2});
  CHECK(p.people.age.empty());
  CHECK(p.people.household.empty());
  CHECK(p.edges.source.empty());
}

TEST_CASE("people live where their household is", "[user_files]") {
  const Folder folder;
  const UserFiles files{folder.write("people.csv", "id,household\n1,9\n2,4\n3,\n"),
                        folder.write("households.csv", "id,neighborhood\n9,b\n4,a\n6,c\n"),
                        folder.write("places.csv", "id,kind,neighborhood\n2,school,c\n1,work,\n"),
                        {}};

  const auto p = read_user_population(files);

  CHECK(p.households.id == std::vector<i64>{4, 6, 9});
  CHECK(p.households.neighborhood == std::vector<u32>{0, 2, 1});
  CHECK(p.people.neighborhood == std::vector<u32>{1, 0, no_agent});
  CHECK(p.places.kind == std::vector<PlaceKind>{PlaceKind::work, PlaceKind::school});
  CHECK(p.places.neighborhood == std::vector<u32>{no_agent, 2});
}

TEST_CASE("sparse ids are found among many others", "[user_files]") {
  const Folder folder;
  std::string people = "id\n", edges = "source,target\n";
  const i64 stride = 1'000'003;
  const int n = 5000;
  for (int i = n; i-- > 0;) {
    people += std::to_string(i * stride) + "\n";
    edges += std::to_string(i * stride) + "," + std::to_string((i + 1) % n * stride) + "\n";
  }

  const auto p = read_user_population(
      {folder.write("people.csv", people), {}, {}, folder.write("edges.csv", edges)});

  REQUIRE(p.edges.source.size() == n);
  int wrong = 0;
  for (int k = 0; k < n; ++k) {
    const int i = n - 1 - k;
    wrong += p.edges.source[k] == AgentId(i) && p.edges.target[k] == AgentId((i + 1) % n) ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the files of a population are those its scenario names", "[user_files]") {
  const Folder folder;
  folder.write("p.csv", "id\n4\n");
  const auto path = folder.write("a.toml",
                                 "run.steps = 1\n[population]\nkind = \"files\"\n"
                                 "[population.files]\npeople = \"p.csv\"\n");

  const auto scenario = read_scenario(test::people_schema(), path);

  CHECK(read_user_population(user_files(scenario.values)).people.id == std::vector<i64>{4});
}
