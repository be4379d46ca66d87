# Compiles SNIPPET twice with the build's compiler: as it stands it must compile (which proves that
# nothing else is wrong with it), with THRONG_MISUSE it must not, for the reason in its `expect:` line.
# Usage: cmake -DSNIPPET= -DCOMPILER= -DSOURCE_DIR= -DFLAGS= -P test.cmake
file(STRINGS ${SNIPPET} expected REGEX "^// expect: " LIMIT_COUNT 1)
string(REPLACE "// expect: " "" expected "${expected}")
if(expected STREQUAL "")
  message(FATAL_ERROR "${SNIPPET}: no reason is expected. Add a line '// expect: <regular expression>'.")
endif()
set(ENV{LC_ALL} C)  # plain quotes in messages
separate_arguments(flags NATIVE_COMMAND "${FLAGS}")
set(compile ${COMPILER} -std=c++20 -fsyntax-only ${flags} -I${SOURCE_DIR})

execute_process(COMMAND ${compile} ${SNIPPET} RESULT_VARIABLE failed ERROR_VARIABLE output OUTPUT_VARIABLE output)
if(failed)
  message(FATAL_ERROR "${SNIPPET}: the lawful form does not compile.\n${output}")
endif()
execute_process(COMMAND ${compile} -DTHRONG_MISUSE ${SNIPPET}
  RESULT_VARIABLE failed ERROR_VARIABLE output OUTPUT_VARIABLE output)
if(NOT failed)
  message(FATAL_ERROR "${SNIPPET}: the misuse compiles.")
endif()
if(NOT output MATCHES "error: [^\n]*(${expected})")
  message(FATAL_ERROR "${SNIPPET}: the misuse fails for another reason than '${expected}'.\n${output}")
endif()
