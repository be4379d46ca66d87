// A population of a user's own: the parts "people", "households", "places" and "edges" are its CSV
// files, "list" a file of people to begin with.
#include "scenarios/user_source.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

/// All its columns, as a run would build them.
void build(const UserSource& source) {
  const std::size_t people = source.people(), places = source.places();
  std::vector<u8> bytes(6 * people + 2 * places);
  std::vector<u16> words(people + 2 * places);
  std::vector<u32> links(people + places);
  const auto byte = [&](std::size_t k) { return std::span(bytes).subspan(k * people, people); };
  source.build_people(0, source.neighborhoods(),
                      {.age = byte(0),
                       .sex = byte(1),
                       .neighborhood = std::span(words).first(people),
                       .household_position = byte(2),
                       .household_size = byte(3),
                       .income_band = byte(4),
                       .sector = byte(5),
                       .contact_rate = byte(0),
                       .place = std::span(links).first(people)});
  const auto of_places = std::span(bytes).last(2 * places);
  const auto more = std::span(words).last(2 * places);
  source.build_places(0, source.neighborhoods(),
                      {.neighborhood = more.first(places),
                       .type = of_places.first(places),
                       .sector = of_places.last(places),
                       .first_sibling = std::span(links).last(places),
                       .siblings = more.last(places)});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const fuzz::Parts parts(data, size);
  UserFiles files{.people = folder / "people", .households = {}, .places = {}, .edges = {}};
  for (const auto& [name, file] : {std::pair{"households", &files.households},
                                   {"places", &files.places},
                                   {"edges", &files.edges}}) {
    if (parts.has(name)) {
      folder.write(name, parts[name]);
      *file = folder / name;
    }
  }
  folder.write("people", parts["people"]);
  folder.write("list", parts["list"]);

  fuzz::takes([&] {
    const UserPopulation population = read_user_population(files);
    const UserSource source(population);
    ensures(source.people() == population.people.id.size(), "everybody is somebody");
    build(source);
    for (const Edges::Edge& edge : source.edges()) {
      ensures(edge.source < source.people() && edge.target < source.people(), "edges join people");
    }
    for (const AgentId agent : read_people_list(folder / "list", source)) {
      ensures(agent < source.people(), "a list names people");
    }
  });
  return 0;
}
