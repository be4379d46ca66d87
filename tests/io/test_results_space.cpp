// Where agents are, in results.h5 and in a picture of them.
#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>

#include "io/publish.h"
#include "io/results.h"
#include "tests/io/sample_results.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

constexpr u32 birds = 40;

/// Birds on a plane of 200 x 100 and a grid of 3 x 4 cells, at steps 0 and 7; people are nowhere.
Results somewhere() {
  Results results = sample_results();
  std::vector<double> x, y, speed;
  std::vector<u8> flock;
  for (u32 k = 0; k < birds; ++k) {
    x.push_back(5.0 * k);
    y.push_back(2.5 * k);
    speed.push_back(k == 3 ? __builtin_nan("") : k);
    flock.push_back(static_cast<u8>(k % 2));
  }
  AgentColumns bird{.kind = "bird",
                    .fixed = {{"bird.flock", "label", "Flock.", {"left", "right"}, flock}},
                    .space = Extent{.shape = Extent::Shape::plane,
                                    .width = 200,
                                    .height = 100,
                                    .torus = false,
                                    .x_column = "bird.x",
                                    .y_column = "bird.y"}};
  bird.snapshots.push_back({.step = 7,
                            .columns = {{"bird.x", "meter", "x.", {}, x},
                                        {"bird.y", "meter", "y.", {}, y},
                                        {"bird.speed", "meter/step", "Speed.", {}, speed}}});
  AgentColumns cell{.kind = "cell",
                    .space = Extent{.width = 3, .height = 4, .neighborhood = "moore"}};
  for (const Step step : {0u, 7u}) {
    cell.snapshots.push_back(
        {.step = step,
         .columns = {
             {"cell.state", "label", "State.", {"no", "yes"}, std::vector<u8>(12, step > 0)}}});
  }
  results.agents.push_back(bird);
  results.agents.push_back(cell);
  return results;
}

int count(const std::string& text, const std::string& what) {
  int n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("a results file says where its agents are, and gives their columns", "[results]") {
  const Scratch scratch;
  write_results(scratch / "results.h5", somewhere());
  const ResultsReader read(scratch / "results.h5");

  CHECK(read.agent_kinds() == std::vector<std::string>{"person", "bird", "cell"});
  CHECK_FALSE(read.space("person").has_value());
  const auto plane = read.space("bird").value();
  CHECK(plane.shape == Extent::Shape::plane);
  CHECK((plane.width == 200 && plane.height == 100 && !plane.torus));
  CHECK((plane.x_column == "bird.x" && plane.y_column == "bird.y"));
  const auto grid = read.space("cell").value();
  CHECK(grid.shape == Extent::Shape::grid);
  CHECK((grid.width == 3 && grid.height == 4 && grid.torus && grid.neighborhood == "moore"));
  CHECK(read.snapshot_steps("cell") == std::vector<Step>{0, 7});
  CHECK(read.snapshot_steps("bird") == std::vector<Step>{7});
  CHECK(read.agent_column_names("bird", 7) ==
        std::vector<std::string>{"bird.x", "bird.y", "bird.speed", "bird.flock"});
  const TableColumn state = read.agent_column("cell", "cell.state", 7);
  CHECK(std::get<std::vector<u8>>(state.values) == std::vector<u8>(12, 1));
  CHECK(state.labels == std::vector<std::string>{"no", "yes"});
  CHECK(std::get<std::vector<u8>>(read.agent_column("bird", "bird.flock", 7).values)[1] == 1);
  CHECK_THROWS_AS(read.space("wolf"), InputError);
  CHECK_THROWS_AS(read.agent_column("bird", "bird.z", 7), InputError);
}

TEST_CASE("points of a plane are drawn, one disc each, by label or by number", "[results][draw]") {
  const Scratch scratch;
  write_results(scratch / "results.h5", somewhere());
  const auto draw = [&](const std::string& options) {
    const std::string command = std::string(THRONG_BINARY) + " draw '" + scratch.path() +
                                "' --step 7 -o '" + (scratch / "a.svg") + "' " + options;
    REQUIRE(std::system(command.c_str()) == 0);
    return read_file(scratch / "a.svg");
  };

  const std::string by_label = draw("");
  CHECK(by_label.find("viewBox=\"0 0 640 320\"") != std::string::npos);
  CHECK(count(by_label, "<path") + count(by_label, "<rect") == birds + 1);  // and the ground
  // The first flock is black, the second orange (230, 159, 0).
  CHECK(count(by_label, "fill:rgb(90.196078%,62.352941%,0%)") == birds / 2);

  const std::string by_number = draw("--kind bird --column bird.speed");
  CHECK(count(by_number, "<path") + count(by_number, "<rect") == birds + 1);
  CHECK(count(by_number, "fill:rgb(90.196078%,62.352941%,0%)") == 0);
  CHECK(count(by_number, "fill:rgb(3.137255%,18.823529%,41.960784%)") == 1);  // the fastest
}
