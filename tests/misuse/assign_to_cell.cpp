// A cell read is constant: indexes and hashes follow set() only.
// expect: assignment of read-only|read-only|const-qualified
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me[writes_stage_] = u8{1}; });
#else
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, u8{1}); });
#endif
}

}  // namespace throng
