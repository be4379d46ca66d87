// Segments: what recorders gathered between two commits, a file each, never changed once it is
// there. All of them together give a run that goes on what it had recorded.
//
// The first of a run, and one that takes the place of segments that were removed, has the attribute
// "from_beginning": all that was recorded since the run began is in it.
//
//   /NAME   values in the order of their recording, with the attributes "width" (values in a row; 0
//           where they replace those of earlier segments) and the steps of the root
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/h5.h"
#include "sim/restart.h"

namespace throng {

inline constexpr char segment_format[] = "throng-segment";

/// A segment by its name, "out-00000000-00000100.h5": what was recorded after one step and up to
/// another, or of step 0 alone.
struct Segment {
  Step from = 0, to = 0;
  std::filesystem::path path{};
};
std::string segment_name(Step from, Step to);
/// Of the segments of a folder, by the step each ends with, the step it begins after.
std::map<Step, Step> segments_in(const std::filesystem::path& folder);
/// The segments of a folder up to and with a step, in order. Throws IoError where one is missing.
std::vector<Segment> segments_until(const std::filesystem::path& folder, Step step);

/// Throws IoError when one of them is absent or damaged, or one before them is missing.
void check_segments(const std::vector<Segment>& segments);
[[noreturn]] void refuse_as_first(const Segment& segment);

/// The keeper of one run's recorders, on rank 0.
class SegmentKeeper final : public Keeper {
 public:
  /// Gives back what these files hold, each name once, until done(). Throws IoError as
  /// check_segments() does.
  void give_back(const std::vector<Segment>& segments);
  void done();
  /// Writes what was put since the last time, whole or not at all. Throws IoError; then it is
  /// written the next time.
  void write(const Segment& segment);

  bool keeps() const override { return !gives_; }
  bool has(std::string_view name) const override;

 protected:
  Kept get(std::string_view name) override;
  void put(std::string_view name, DataType type, u32 width,
           std::span<const std::byte> bytes) override;

 private:
  using ByName = std::map<std::string, Kept, std::less<>>;
  static void gather(const h5::Group& group, const std::string& prefix, ByName& all);
  bool gives_ = false;
  bool from_beginning_ = true;  // what is pending began with the run
  std::string folder_;
  ByName given_, pending_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace throng
