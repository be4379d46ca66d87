// A handle to read is no permission to write.
// expect: no matching (member )?function
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me.set(stage_, me[age_]); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, me[age_]); });
#endif
}

}  // namespace throng
