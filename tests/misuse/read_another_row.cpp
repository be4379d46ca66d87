// A row of act offers nothing but itself: what another row holds may change in the same phase.
// expect: protected within this context|is protected|inaccessible
#include "tests/misuse/law.h"

namespace throng {

void Lawful::act(const Act& a) const {
#ifdef THRONG_MISUSE
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, stage_.at(me.row() + 1)); });
#else
  a.for_each(all(), [&](const ActRow& me) { me.set(writes_stage_, me[stage_]); });
#endif
}

}  // namespace throng
