#include "io/segment.h"

#include <algorithm>
#include <cstdio>

#include "io/publish.h"
#include "io/seal.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// f(a value of the type), as a column's values are stored.
template <class F>
auto with_type(DataType type, F&& f) {
  switch (type) {
    case DataType::u8_:
      return f(u8{});
    case DataType::u16_:
      return f(u16{});
    case DataType::u32_:
      return f(u32{});
    case DataType::u64_:
      return f(u64{});
    case DataType::i32_:
      return f(i32{});
    case DataType::i64_:
      return f(i64{});
    default:
      return f(double{});
  }
}

}  // namespace

std::string segment_name(Step from, Step to) {
  char name[48];
  std::snprintf(name, sizeof name, "out-%08u-%08u.h5", unsigned{from}, unsigned{to});
  return name;
}

std::map<Step, Step> segments_in(const fs::path& folder) {
  std::map<Step, Step> all;
  for (const fs::path& path : files_in(folder)) {
    unsigned from = 0, to = 0;
    const std::string name = path.filename().string();
    if (std::sscanf(name.c_str(), "out-%8u-%8u.h5", &from, &to) == 2 && (from < to || to == 0) &&
        name == segment_name(static_cast<Step>(from), static_cast<Step>(to))) {
      const auto at = all.emplace(static_cast<Step>(to), static_cast<Step>(from)).first;
      at->second = std::min(at->second, static_cast<Step>(from));
    }
  }
  return all;
}

std::vector<Segment> segments_until(const fs::path& folder, Step step) {
  const auto begins = segments_in(folder);
  std::vector<Segment> chain;
  for (Step end = step; true; end = chain.back().from) {
    const auto at = begins.find(end);
    if (at == begins.end() && end == 0 && !chain.empty()) {
      break;  // the first one has step 0 as well
    }
    if (at == begins.end()) {
      const std::string words = std::to_string(end);
      throw IoError(folder.string() + ": has no segment that ends at step " + words +
                    " (it was removed). Put it back: checkpoints of step " + words +
                    " and later need it.");
    }
    chain.push_back({at->second, end, folder / segment_name(at->second, end)});
    if (end == 0) {
      break;
    }
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

void check_segments(const std::vector<Segment>& segments) {
  for (const Segment& s : segments) {
    check_seal(s.path.string());
  }
  if (!segments.empty() &&
      !h5::File::open(segments.front().path.string()).has_attribute("from_beginning")) {
    refuse_as_first(segments.front());
  }
}

void refuse_as_first(const Segment& segment) {
  throw IoError(segment.path.string() +
                ": is not the first of its run (the one before it was removed). Put that back: all "
                "checkpoints need it.");
}

void SegmentKeeper::gather(const h5::Group& group, const std::string& prefix, ByName& all) {
  constexpr u64 most = 100'000;
  for (const auto& member : group.members(most)) {
    const std::string name = prefix + member.name;
    if (member.is == h5::Group::Member::Is::group) {
      gather(group.group(member.name), name + "/", all);
      continue;
    }
    Kept& kept = all[name];
    const h5::Dataset data = group.dataset(member.name);
    for (u8 t = 0; t <= static_cast<u8>(DataType::f64_); ++t) {
      with_type(static_cast<DataType>(t), [&]<class T>(T) {
        if (data.type() != h5::type_of<T>()) {
          return;
        }
        const std::vector<T> values = data.read<T>();
        const auto width = data.number<u32>("width");
        if (width == 0) {
          kept.bytes.clear();
        }
        kept.type = static_cast<DataType>(t);
        kept.width = std::max(kept.width, width);
        const auto bytes = std::as_bytes(std::span(values));
        kept.bytes.insert(kept.bytes.end(), bytes.begin(), bytes.end());
      });
    }
  }
}

void SegmentKeeper::give_back(const std::vector<Segment>& segments) {
  check_segments(segments);
  for (const Segment& s : segments) {
    const auto file = h5::File::open(s.path.string());
    if (file.has_attribute("from_beginning")) {
      given_.clear();
    }
    gather(file, "", given_);
    folder_ = s.path.parent_path().string();
  }
  gives_ = !segments.empty();
  from_beginning_ = !gives_;
}

void SegmentKeeper::done() {
  gives_ = false;
  given_.clear();
}

bool SegmentKeeper::has(std::string_view name) const { return given_.contains(name); }

Keeper::Kept SegmentKeeper::get(std::string_view name) {
  const std::string path(name);
  auto kept = given_.extract(path);
  if (!kept) {
    throw InputError(folder_ + ": '" + path +
                     "' is in none of the segments (another scenario or program wrote them). Go on "
                     "with those that wrote them.");
  }
  known_.insert(path);
  return std::move(kept.mapped());
}

void SegmentKeeper::put(std::string_view name, DataType type, u32 width,
                        std::span<const std::byte> bytes) {
  const auto at = pending_.find(name);
  if (at == pending_.end()) {
    const bool news = known_.emplace(name).second;
    if (news || !bytes.empty()) {
      pending_.emplace(std::string(name), Kept{type, width, {bytes.begin(), bytes.end()}});
    }
    return;
  }
  Kept& kept = at->second;
  if (width == 0) {
    kept.bytes.clear();
  }
  kept.width = std::max(kept.width, width);
  kept.bytes.insert(kept.bytes.end(), bytes.begin(), bytes.end());
}

void SegmentKeeper::write(const Segment& segment) {
  PendingFile pending(segment.path.string());
  {
    auto file = h5::File::create(pending.temporary(), segment.path.string());
    file.set_text("format", segment_format);
    file.set_number("format_version", u32{1});
    file.set_numbers("steps", std::span<const u32>({u32{segment.from}, u32{segment.to}}));
    if (from_beginning_) {
      file.set_number("from_beginning", u8{1});
    }
    for (const auto& [name, kept] : pending_) {
      with_type(kept.type, [&, &name = name, &kept = kept]<class T>(T) {
        std::vector<T> values(kept.bytes.size() / sizeof(T));
        std::copy(kept.bytes.begin(), kept.bytes.end(),
                  std::as_writable_bytes(std::span(values)).begin());
        const u64 width = std::max<u32>(1, kept.width);
        auto made =
            file.create_dataset(name, h5::type_of<T>(),
                                width == 1 ? std::vector<u64>{values.size()}
                                           : std::vector<u64>{values.size() / width, width});
        made.write(std::span<const T>(values));
        made.set_number("width", kept.width);
        made.close();
      });
    }
    file.close();
  }
  seal_file(pending.temporary(), segment.path.string());
  pending.publish();
  pending_.clear();
  from_beginning_ = false;
}

}  // namespace throng
