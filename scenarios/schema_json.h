// JSON Schema (draft 2020-12) of scenario files, for editors that complete and check while one
// types. It is made from the declarations, so it says neither more nor less than they do, except
// for what only reading can check: the order of dates, unique names, cross-checks.
#pragma once
#include <string>

#include "sim/parameter.h"

namespace throng {

/// The text of the schema, indented, ending with a line end. Equal declarations give equal text.
std::string json_schema(const Schema& schema);

}  // namespace throng
