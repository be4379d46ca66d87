#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "scenarios/assemble.h"
#include "scenarios/city/city.h"
#include "scenarios/user_source.h"
#include "sim/error.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;

// A folder that goes away with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("throng_user_source_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};

// Ten people: households 20 (people 1, 5, 30), 7 (2, 4) and 9 (3, 6); 8, 10 and 11 without one.
constexpr const char* ten_people =
    "id,age,sex,neighborhood,household,place\n"
    "11,70,male,,,\n"
    "5,33,male,,20,101\n"
    "1,40,female,south,20,102\n"
    "30,8,female,,20,104\n"
    "2,110,other,north,7,103\n"
    "4,9,male,north,7,104\n"
    "3,50,female,south,9,101\n"
    "6,52,male,south,9,101\n"
    "8,20,female,north,,103\n"
    "10,21,male,north,,105\n";
// Place 104 takes the neighborhood of its members, of which one lives in north, one in south.
constexpr const char* six_places =
    "id,kind,neighborhood\n"
    "101,work,\n"
    "102,work,north\n"
    "103,other,north\n"
    "104,school,\n"
    "105,school,south\n"
    "106,other,\n";

UserSource ten(const Folder& folder) {
  return UserSource(read_user_population(
      {folder.write("people.csv", ten_people), {}, folder.write("places.csv", six_places), {}}));
}

std::vector<i64> people_in_order(const UserSource& source) {
  std::vector<i64> ids;
  for (AgentId agent = 0; agent < source.people(); ++agent) {
    ids.push_back(source.file_id_of(agent));
  }
  return ids;
}

std::vector<i64> places_in_order(const UserSource& source) {
  std::vector<i64> ids;
  for (u32 place = 0; place < source.places(); ++place) {
    ids.push_back(source.file_id_of_place(place));
  }
  return ids;
}

std::vector<std::string> codes(const UserSource& source) {
  std::vector<std::string> all;
  for (const auto& label : source.neighborhood_labels()) {
    CHECK(label.name == label.code);
    all.push_back(label.code);
  }
  return all;
}

struct Contact {
  AgentId source, target;
  double weight;
  bool operator==(const Contact&) const = default;
};

std::vector<Contact> contacts(const UserSource& source) {
  std::vector<Contact> all;
  for (const auto& edge : source.edges()) {
    all.push_back({edge.source, edge.target, edge.weight});
  }
  return all;
}
}  // namespace

TEST_CASE("agents are ordered by neighborhood, household and id", "[user_source]") {
  const Folder folder;

  const UserSource source = ten(folder);

  CHECK(codes(source) == std::vector<std::string>{"north", "south", "none"});
  CHECK(people_in_order(source) == std::vector<i64>{2, 4, 8, 10, 3, 6, 1, 5, 30, 11});
  CHECK(source.first_person(0) == 0);
  CHECK(source.first_person(1) == 4);
  CHECK(source.first_person(2) == 9);
  CHECK(source.first_person(3) == 10);
  CHECK(source.people() == 10);
}

TEST_CASE("columns of people are those of the files", "[user_source]") {
  const Folder folder;

  const BuiltPopulation built(ten(folder));

  // Of people 2 4 | 8 | 10 | 3 6 | 1 5 30 | 11, of whom one is 110 years old.
  CHECK(built.age == std::vector<u8>{100, 9, 20, 21, 50, 52, 40, 33, 8, 70});
  CHECK(built.sex == std::vector<u8>{2, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  CHECK(built.neighborhood == std::vector<u16>{0, 0, 0, 0, 1, 1, 1, 1, 1, 2});
  CHECK(built.household_position == std::vector<u8>{0, 1, 0, 0, 0, 1, 0, 1, 2, 0});
  CHECK(built.household_size == std::vector<u8>{2, 2, 1, 1, 2, 2, 3, 3, 3, 1});
  CHECK(built.contact_rate == std::vector<u8>(10, 40));
  CHECK(built.sector == std::vector<u8>(10, no_sector));
  CHECK(built.income_band == std::vector<u8>(10, 2));
  // Places in their order: 104 102 103 106 | 105 101.
  CHECK(built.place == std::vector<u32>{2, 0, 2, 4, 5, 5, 1, 5, 0, no_place});
}

TEST_CASE("places are ordered by neighborhood: classes, teams, quarters", "[user_source]") {
  const Folder folder;
  const UserSource source = ten(folder);

  const BuiltPopulation built(source);

  CHECK(places_in_order(source) == std::vector<i64>{104, 102, 103, 106, 105, 101});
  CHECK(source.first_place(1) == 4);
  CHECK(source.first_place(2) == 6);
  CHECK(source.first_place(3) == 6);
  CHECK(built.type == std::vector<u8>{0, 1, 2, 2, 0, 1});
  CHECK(built.place_neighborhood == std::vector<u16>{0, 0, 0, 0, 1, 1});
  CHECK(built.place_sector == std::vector<u8>(6, no_sector));
  CHECK(built.first_sibling == std::vector<u32>{0, 1, 2, 3, 4, 5});
  CHECK(built.siblings == std::vector<u16>(6, 1));
}

TEST_CASE("a place is in the commonest neighborhood of its members", "[user_source]") {
  const Folder folder;

  const UserSource source(read_user_population({folder.write("people.csv",
                                                             "id,neighborhood,place\n"
                                                             "1,a,5\n2,b,5\n3,b,5\n4,c,5\n"
                                                             "5,c,6\n6,b,6\n7,a,7\n"),
                                                {},
                                                {},
                                                {}}));
  const BuiltPopulation built(source);

  // 5: two of four live in b. 6: one in b, one in c.
  CHECK(places_in_order(source) == std::vector<i64>{7, 5, 6});
  CHECK(built.place_neighborhood == std::vector<u16>{0, 1, 1});
  CHECK(built.type == std::vector<u8>(3, static_cast<u8>(PlaceType::team)));
}

TEST_CASE("a population of ids alone has documented values", "[user_source]") {
  const Folder folder;

  const UserSource source(
      read_user_population({folder.write("people.csv", "id\n12\n4\n900000000000\n"), {}, {}, {}}));
  const BuiltPopulation built(source);

  CHECK(codes(source) == std::vector<std::string>{"all"});
  REQUIRE(source.boroughs().size() == 1);
  CHECK(source.boroughs()[0].code == "all");
  CHECK(source.boroughs()[0].name == "all");
  CHECK(source.sectors().empty());
  CHECK(source.outsider_share(0) == 0);
  CHECK(source.places() == 0);
  CHECK(people_in_order(source) == std::vector<i64>{4, 12, 900000000000});
  CHECK(built.age == std::vector<u8>(3, 35));
  CHECK(built.sex == std::vector<u8>(3, 2));
  CHECK(built.household_size == std::vector<u8>(3, 1));
  CHECK(built.household_position == std::vector<u8>(3, 0));
  CHECK(built.neighborhood == std::vector<u16>(3, 0));
  CHECK(built.place == std::vector<u32>(3, no_place));
  CHECK(source.edges().empty());
}

TEST_CASE("people without a neighborhood join one that is named none", "[user_source]") {
  const Folder folder;

  const UserSource source(read_user_population(
      {folder.write("people.csv", "id,neighborhood\n1,west\n2,\n3,none\n4,east\n"), {}, {}, {}}));

  CHECK(codes(source) == std::vector<std::string>{"east", "none", "west"});
  CHECK(people_in_order(source) == std::vector<i64>{4, 2, 3, 1});
}

TEST_CASE("pieces of a user's population are those of the whole", "[user_source]") {
  const Folder folder;
  const UserSource source = ten(folder);

  const BuiltPopulation whole(source);
  const BuiltPopulation south(source, 1, 2);

  CHECK(south.age == std::vector<u8>(whole.age.begin() + 4, whole.age.begin() + 9));
  CHECK(south.place == std::vector<u32>(whole.place.begin() + 4, whole.place.begin() + 9));
  CHECK(south.household_position == std::vector<u8>{0, 1, 0, 1, 2});
  CHECK(south.first_sibling == std::vector<u32>{4, 5});
}

TEST_CASE("a user's population has the geography a run needs", "[user_source]") {
  const Folder folder;

  const person::Geography g = geography_of(ten(folder));

  CHECK(g.boroughs == std::vector<std::string>{"all"});
  CHECK(g.neighborhoods == std::vector<std::string>{"north", "south", "none"});
  CHECK(g.first_person == std::vector<AgentId>{0, 4, 9, 10});
  CHECK(g.first_place == std::vector<u32>{0, 4, 6, 6});
  CHECK(g.first_team == std::vector<u32>{1, 5, 6});
  CHECK(g.teams == std::vector<u32>{1, 1, 0});
  CHECK(g.people_of_borough == std::vector<i64>{10});
  CHECK(g.mixing == std::vector<double>(9, 1.0));
}

TEST_CASE("ids lead to agents and back", "[user_source]") {
  const Folder folder;

  const UserSource source = ten(folder);

  const std::vector<i64> ascending = {1, 2, 3, 4, 5, 6, 8, 10, 11, 30};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    CHECK(source.file_id_of(source.agent_of(i)) == ascending[i]);
    CHECK(source.agent_with(ascending[i]) == source.agent_of(i));
  }
  CHECK(source.agent_with(30) == 8);
  for (const i64 stranger : {0, 7, 9, 31}) {
    CHECK(source.agent_with(stranger) == no_agent);
  }
}

TEST_CASE("an id that lies as far off as numbers go is told with the others", "[user_source]") {
  const Folder folder;
  const auto people = folder.write("people.csv", "id,place\n1,2\n");
  const auto places = folder.write("places.csv", "id,kind\n-9223372036854775808,work\n2,work\n");
  CHECK_THROWS_WITH(read_user_population({people, {}, places, {}}),
                    Catch::Contains("places.csv:2:1: id = -9223372036854775808 is out of range"));
}

TEST_CASE("contacts go both ways unless directed, and a way of its own adds to them",
          "[user_source]") {
  const Folder folder;
  // Person 9 is agent 0, as north comes first; persons 1 and 2 are agents 1 and 2.
  const auto people = folder.write("people.csv", "id,neighborhood\n1,south\n2,south\n9,north\n");

  const UserSource plain(read_user_population(
      {people, {}, {}, folder.write("edges.csv", "source,target\n1,9\n2,1\n")}));
  const UserSource full(read_user_population({people,
                                              {},
                                              {},
                                              folder.write("edges.csv",
                                                           "source,target,weight,directed\n"
                                                           "1,9,0.5,true\n"
                                                           "2,1,3,false\n"
                                                           "1,2,0.25,true\n")}));

  CHECK(contacts(plain) == std::vector<Contact>{{0, 1, 1}, {1, 0, 1}, {1, 2, 1}, {2, 1, 1}});
  CHECK(contacts(full) == std::vector<Contact>{{1, 0, 0.5}, {1, 2, 3.25}, {2, 1, 3}});
}

TEST_CASE("a list of people is read as agents, in its order", "[user_source]") {
  const Folder folder;
  const UserSource source = ten(folder);

  CHECK(read_people_list(folder.write("seeds.csv", "id\n30\n2\n11\n"), source) ==
        std::vector<AgentId>{8, 0, 9});
  CHECK(read_people_list(folder.write("nobody.csv", "id\n"), source).empty());
}

TEST_CASE("a list of people says everything that is wrong with it", "[user_source]") {
  const Folder folder;
  const UserSource source = ten(folder);
  const auto path = folder.write("seeds.csv", "id\n30\n7\n30\n2\n99\n");
  const std::string file = path.string();

  try {
    read_people_list(path, source);
    FAIL("the list was read");
  } catch (const InputError& error) {
    CHECK(error.messages() ==
          std::vector<std::string>{
              file + ":3:1: person 7 does not exist (it is not in the file of people). Correct the "
                     "id, or add the person.",
              file + ":4:1: person 30 is listed twice (first in line 2). Remove one of the rows.",
              file + ":6:1: person 99 does not exist (it is not in the file of people). Correct "
                     "the id, or add the person."});
  }
}

TEST_CASE("a household of 255 lives together, and one of 256 is refused", "[user_source]") {
  const Folder folder;
  std::string people = "id,household\n";
  for (int id = 1; id <= 255; ++id) {
    people += std::to_string(id) + ",4\n";
  }

  const BuiltPopulation built(
      UserSource(read_user_population({folder.write("people.csv", people), {}, {}, {}})));

  CHECK(built.household_size == std::vector<u8>(255, 255));
  CHECK(built.household_position[254] == 254);
  const auto path = folder.write("people.csv", people + "256,4\n");
  CHECK_THROWS_WITH(
      read_user_population({path, {}, {}, {}}),
      path.string() +
          ":2:3: household 4 has 256 members (at most 255 live in one). Make it a place of kind "
          "other: name that as the place of its members, and leave their household empty.");
}

TEST_CASE("a household in two neighborhoods is refused", "[user_source]") {
  const Folder folder;
  const auto path =
      folder.write("people.csv", "id,household,neighborhood\n3,4,a\n2,4,\n1,4,b\n5,6,a\n");

  CHECK_THROWS_WITH(read_user_population({path, {}, {}, {}}),
                    path.string() +
                        ":2:5: person 3 lives in neighborhood 'a' but person 1 of the same "
                        "household 4 in 'b' (a household is in one neighborhood). Correct one of "
                        "them.");
}
