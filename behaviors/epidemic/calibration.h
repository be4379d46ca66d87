// From R0 to beta: the next-generation matrix of a population.
//
// R0 is the mean number of people a typical early case infects directly when everybody is
// susceptible and no measure is in force, repeats on the same person not counted. "Typical" is the
// leading eigenvector over types of people: age band x place of the day x contact rate.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "behaviors/epidemic/settings.h"
#include "behaviors/person/columns.h"
#include "sim/communicator.h"
#include "sim/population.h"

namespace throng::epidemic {

/// Integer counts of who could meet whom, over all ranks: the same on every partition.
struct MixingCounts {
  static constexpr u32 rate_classes = 8, place_types = 4, size_cap = 1024, ages = 128;
  u32 bands = 1, types = 0;
  std::vector<i64> people;  ///< [type]
  std::vector<i64> rate;    ///< [neighborhood x type]: summed contact rates
  u32 neighborhoods = 1;
  std::vector<i64> pairs;     ///< [type x type]: ordered pairs of household members
  std::vector<i64> pupils;    ///< [age x type]: those with a class
  std::vector<i64> in_place;  ///< [place type x type]
  u32 boroughs = 1;
  std::vector<i64>
      members_by_size;  ///< [place type x borough x size]: members of places of that size
  static constexpr u32 classes_cap = 16;
  std::vector<i64> pupils_by_size;  ///< [borough x classes of the grade - 1 x size]: the same
  std::vector<i64> rate_limits;     ///< contact rates at which the next class begins

  u32 type_of(u32 band, u32 place_type, u32 contact_rate) const;
  u32 band_of(u32 type) const { return type / (place_types * rate_classes); }
  u32 place_of(u32 type) const { return type / rate_classes % place_types; }
};

/// Counts a population. Collective. Households must be whole on their rank (as geography leaves
/// them).
MixingCounts count_mixing(const Communicator& world, Population& population,
                          const Settings& settings);

/// Release of the library behind the matrices.
std::string eigen_version();

class NextGeneration {
 public:
  NextGeneration(const Settings& settings, MixingCounts counts);

  /// Mean number of people of type b (column) infected by one case of type a (row).
  Eigen::MatrixXd matrix(double beta) const;
  /// Leading eigenvalue and left eigenvector (adds up to 1: the types of typical early cases).
  struct Leading {
    double r0 = 0;
    Eigen::VectorXd types;
  };
  Leading leading(double beta) const;
  static constexpr double largest_beta = 1000;  ///< [1/contact at weight 1]
  /// The root of leading(beta).r0 = r0, to 1e-9; nothing when no beta up to the largest reaches it.
  std::optional<double> beta_of(double r0) const;
  /// Probability that a case infects a given member of its household, nobody else doing so; NaN
  /// where everybody lives alone.
  double household_attack_rate(double beta) const;
  /// Share of the infections of a typical early case by layer.
  PerLayer layer_shares(double beta) const;
  const MixingCounts& counts() const { return counts_; }

 private:
  /// P(at least one infection) of one pair with summed hazard x times individual infectiousness and
  /// course.
  double infects(u32 band, double x) const;
  Eigen::MatrixXd layer_matrix(double beta, Layer layer) const;
  void meet_in_community();
  void add_group_layer(Eigen::MatrixXd& m, double beta, person::PlaceType place,
                       double weight) const;
  double infected_in_group(u32 band, double beta, person::PlaceType place, double weight,
                           double sigma) const;
  double infected_in_grade(u32 band, double x) const;

  const Settings& settings_;
  MixingCounts counts_;
  std::vector<double> mean_dose_;  ///< [band]
  Eigen::MatrixXd
      community_;  ///< expected contacts a day of a person of type a with people of type b
  std::vector<std::vector<double>> table_;  ///< [band]: infects() over a grid of log x
  double log_first_ = 0, log_step_ = 0;
};

}  // namespace throng::epidemic
