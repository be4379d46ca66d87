# Writes OUTPUT from build_values.h.in: run at every build, so that the commit is the one compiled.
# Outside a checkout of its own (an archive, a copy inside another project) the commit is "unknown".
set(THRONG_COMMIT unknown)
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT} rev-parse HEAD WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    execute_process(COMMAND ${GIT} --no-optional-locks status --porcelain --untracked-files=no
      WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE changes ERROR_QUIET)
    set(THRONG_COMMIT ${commit})
    if(changes)
      string(APPEND THRONG_COMMIT -modified)
    endif()
  endif()
endif()
string(REPLACE "\\" "\\\\" THRONG_FLAGS "${THRONG_FLAGS}")
string(REPLACE "\"" "\\\"" THRONG_FLAGS "${THRONG_FLAGS}")
configure_file(${SOURCE_DIR}/io/build_values.h.in ${OUTPUT} @ONLY)
