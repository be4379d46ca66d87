#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "io/run_directory.h"
#include "io/toml_file.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/commands.h"
#include "tools/terminal.h"

namespace throng {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// kB of a field of a file under /proc/self.
i64 proc_kilobytes(const char* file, const char* field) {
  std::ifstream in(std::string("/proc/self/") + file);
  std::string word;
  while (in >> word) {
    if (word == field) {
      i64 kb = 0;
      in >> kb;
      return kb;
    }
  }
  return 0;
}

/// Peak resident memory over all ranks, what ranks share counted once [bytes].
i64 peak_bytes(const Communicator& world) {
  const i64 shared = std::max<i64>(0, proc_kilobytes("smaps_rollup", "Rss:") - proc_kilobytes("smaps_rollup", "Pss:"));
  i64 peak = (proc_kilobytes("status", "VmHWM:") - shared) * 1024;
  world.sum(std::span<i64>(&peak, 1));
  return peak;
}

/// Rank 0 reads, everybody gets the text; a file that cannot be read is an error everywhere alike.
std::string shared_text(const Communicator& world, const std::filesystem::path& path) {
  std::string text;
  if (world.rank() == 0) {
    try {
      text = "t" + read_text_file(path);
    } catch (const IoError& e) {
      text = std::string("e") + e.what();
    }
  }
  text = world.broadcast(std::move(text));
  if (text[0] == 'e') {
    throw InputError(text.substr(1));
  }
  return text.substr(1);
}

void warn_about_threads(const Communicator& world, int threads) {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  const int allowed = CPU_COUNT(&set);
  if (world.rank() == 0 && threads > allowed) {
    std::fprintf(stderr,
                 "throng: %d threads on %d CPUs that rank 0 may use (they will wait for each other). Start mpirun with "
                 "--bind-to none, or give fewer --threads.\n",
                 threads, allowed);
  }
}

RunFigures simulate(const Communicator& world, Run& run, bool progress_wanted) {
  Progress progress(progress_wanted && world.rank() == 0, isatty(STDERR_FILENO) != 0);
  world.barrier();
  const double t = seconds();
  while (!run.done()) {
    run.step();
    progress.show(run);
  }
  run.simulation().finish();
  world.barrier();
  RunFigures f;
  f.build_s = run.build_seconds();
  f.loop_s = seconds() - t;
  f.ranks = world.size();
  f.threads = thread_count();
  progress.end();
  return f;
}

Provenance provenance_of(const ScenarioFile& scenario, const RunArguments& a, const Communicator& world) {
  Provenance p;
  p.scenario_text = scenario.resolved;
  p.command_line = a.command_line;
  p.hosts = {host_name()};
  p.ranks = world.size();
  p.threads = thread_count();
  p.created = now_iso8601();
  for (const auto& file : scenario.files) {
    if (std::filesystem::exists(file)) {
      p.inputs.push_back(input_file(file));
    }
  }
  p.libraries.push_back({"MPI", mpi_version()});
  p.libraries.push_back({"oneTBB", tbb_version()});
  p.libraries.push_back({"Eigen", epidemic::eigen_version()});
  return p;
}

}  // namespace

int default_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  const char* local = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const int ranks = local == nullptr ? 1 : std::max(1, std::atoi(local));
  return std::max(1, CPU_COUNT(&set) / ranks);
}

int guarded(const Communicator& world, const std::function<int()>& command) {
  const auto say = [&](const char* kind, const char* what) {
    if (world.rank() == 0) {
      std::fprintf(stderr, "throng: %s\n%s\n", kind, what);
    }
  };
  try {
    return command();
  } catch (const InputError& e) {
    say(e.messages().size() == 1 ? "1 mistake in the input" : "several mistakes in the input", e.what());
    return exit_bad_input;
  } catch (const CannotCreate& e) {
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
    if (!world.alone()) {
      world.abort(exit_cannot_create);
    }
    return exit_cannot_create;
  } catch (const IoError& e) {
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
    if (!world.alone()) {
      world.abort(exit_io);
    }
    return exit_io;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "throng: rank %d: out of memory (the population does not fit). Use more ranks, or a smaller "
                         "population.scale.\n", world.rank());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
  }
  if (!world.alone()) {
    world.abort(exit_model_error);
  }
  return exit_model_error;
}

int run_command(const Communicator& world, const RunArguments& a) {
  const double began = seconds();
  set_thread_count(a.threads > 0 ? a.threads : default_threads());
  warn_about_threads(world, thread_count());
  std::vector<std::string> set = a.set;
  if (a.seed) {
    set.push_back("run.seed=" + std::to_string(*a.seed));
  }
  if (a.steps) {
    set.push_back("run.steps=" + std::to_string(*a.steps));
  }
  const ScenarioFile scenario = read_scenario(
      full_schema(), a.scenario, {.set = set, .load = [&](const auto& path) { return shared_text(world, path); }});

  // The first run is built before anything is made on disk: a mistake leaves no trace.
  auto run = std::make_unique<Run>(world, scenario, RunOptions{});
  std::unique_ptr<RunDirectory> directory;
  const bool root = world.rank() == 0;
  const std::string name = std::filesystem::path(a.scenario).stem().string();
  if (root) {
    directory = std::make_unique<RunDirectory>(RunDirectory::create(a.out));
    directory->write_scenario(scenario.resolved);
    directory->set_provenance(name, run->seed(), provenance_of(scenario, a, world));
    directory->set_status(RunStatus::running);
  }
  if (root && !a.quiet) {
    std::fprintf(stderr, "%s: %s people, %u days from %s, %d ranks x %d threads, built in %.2f s\n", name.c_str(),
                 grouped(run->people()).c_str(), run->steps(), run->calendar().start.str().c_str(), world.size(),
                 thread_count(), run->build_seconds());
  }

  RunFigures figures;
  std::vector<Results> all;
  for (int replicate = 0; replicate < a.replicates; ++replicate) {
    if (replicate > 0) {
      run.reset();
      run = std::make_unique<Run>(world, scenario, RunOptions{.seed_offset = static_cast<u64>(replicate)});
    }
    figures = simulate(world, *run, !a.quiet);
    if (root) {
      Results r = run->results(scenario);
      r.provenance = provenance_of(scenario, a, world);
      r.scenario = name;
      all.push_back(std::move(r));
      if (a.replicates > 1 && !a.quiet) {
        const auto s = run->series().summary();
        std::fprintf(stderr, "seed %llu: attack rate %.1f %%, deaths %s, %.2f s\n",
                     static_cast<unsigned long long>(run->seed()), 100 * s.attack_rate(), grouped(s.deaths).c_str(),
                     figures.loop_s);
      }
    }
  }
  figures.peak_bytes = peak_bytes(world);
  if (root) {
    const double t = seconds();
    write_results(directory->results_path(), combine_replicates(std::move(all)));
    figures.output_s = seconds() - t;
    figures.wall_s = seconds() - began;
    const auto s = run->series().summary();
    directory->set_status(RunStatus::completed, {{"attack_rate", s.attack_rate()},
                                                 {"infections", s.infections},
                                                 {"deaths", s.deaths},
                                                 {"loop_s", figures.loop_s},
                                                 {"wall_s", figures.wall_s}});
    if (!a.quiet) {
      std::printf("%sresults              %s\n", summary(*run, figures).c_str(), directory->results_path().c_str());
    }
    if (a.json) {
      std::printf("%s\n", json_line(name, *run, figures).c_str());
    }
    std::fflush(stdout);
  }
  world.barrier();
  return exit_done;
}

}  // namespace throng
