# How tests run, in one place: MPI on small machines, sanitizers, labels. Included first by
# tests/CMakeLists.txt; what it says about every test is applied when that file ends.
#
# Labels:  full     full size, minutes long: tools/check --all only, in Release builds only
#          once     what no build can change, or what measures: in Release builds only
#          threads  also run under ThreadSanitizer (which runs nothing else)
# Under AddressSanitizer tests on ranks run on 2 of them.

# Open MPI as root (containers), with more ranks than cores, whose waiting threads must not spin.
set(THRONG_TEST_ENVIRONMENT OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=1 OMP_WAIT_POLICY=passive)

set(THRONG_SANITIZER none)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=[a-z,-]*address")
  set(THRONG_SANITIZER address)
  # Libraries of MPI are unloaded before leaks are counted, and leak things of their own.
  list(APPEND THRONG_TEST_ENVIRONMENT ASAN_OPTIONS=fast_unwind_on_malloc=0
    LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_LIST_DIR}/sanitizers/leaks.txt:print_suppressions=0
    UBSAN_OPTIONS=print_stacktrace=1)
elseif(CMAKE_CXX_FLAGS MATCHES "-fsanitize=thread")
  set(THRONG_SANITIZER thread)
  # Archer tells ThreadSanitizer what OpenMP synchronizes.
  find_library(THRONG_ARCHER archer HINTS /usr/lib/llvm-14/lib REQUIRED)
  list(APPEND THRONG_TEST_ENVIRONMENT OMP_TOOL_LIBRARIES=${THRONG_ARCHER} OMP_NUM_THREADS=4
    TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=${CMAKE_CURRENT_LIST_DIR}/sanitizers/races.txt)
endif()

# Links what a sanitizer needs into a test program.
function(throng_sanitized target)
  if(THRONG_SANITIZER STREQUAL address)
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/sanitizers/keep_libraries.cpp)
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  endif()
endfunction()

# What a test is for is in the libraries, not in its own loops: less optimizing, and headers that all
# its files include read once, halve the time it takes to compile.
function(throng_quickly_compiled target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # with -O1, GCC 12 sees strings overflow that do not
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  throng_precompiled(${target} <catch2/catch.hpp> <nlohmann/json.hpp>)
endfunction()

# throng_mpi_test(NAME [RANKS r...] [LABELS label...] [ARGUMENTS argument...])
# Registers NAME.ranks_R for each rank count (1 to 4 unless told): test_NAME, built from the folder
# NAME of tests/, started by ctest through mpirun. Its main starts MPI and gives every rank the
# same test cases; a case that fails on any rank fails the test.
function(throng_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 given "" "" "RANKS;LABELS;ARGUMENTS")
  if(NOT given_RANKS)
    set(given_RANKS 1 2 3 4)
  endif()
  if(NOT TARGET throng_mpi_test_main)
    add_library(throng_mpi_test_main STATIC ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mpi_main.cpp)
    target_link_libraries(throng_mpi_test_main PUBLIC Catch2::Catch2 throng_options Throng::scenarios)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE throng_mpi_test_main nlohmann_json::nlohmann_json)
  target_compile_definitions(test_${name} PRIVATE THRONG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  throng_quickly_compiled(test_${name})
  throng_sanitized(test_${name})
  foreach(ranks IN LISTS given_RANKS)
    throng_mpi_command(${name}.ranks_${ranks} RANKS ${ranks} LABELS ${given_LABELS}
      COMMAND $<TARGET_FILE:test_${name}> ${given_ARGUMENTS})
  endforeach()
endfunction()

# throng_mpi_command(NAME RANKS r [LABELS label...] COMMAND program argument...)
# One test that is `mpirun -n r program argument...`.
function(throng_mpi_command name)
  cmake_parse_arguments(PARSE_ARGV 1 given "" "RANKS" "LABELS;COMMAND")
  add_test(NAME ${name}
    COMMAND ${MPIEXEC_EXECUTABLE} --bind-to none ${MPIEXEC_NUMPROC_FLAG} ${given_RANKS} ${given_COMMAND})
  set_tests_properties(${name} PROPERTIES PROCESSORS ${given_RANKS} LABELS "${given_LABELS}")
endfunction()

# What holds for every test, whoever added it.
function(throng_finish_tests)
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(test IN LISTS tests)
    get_test_property(${test} LABELS labels)
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT ${THRONG_TEST_ENVIRONMENT})
    set(runs ON)
    if(("full" IN_LIST labels OR "once" IN_LIST labels) AND NOT (CMAKE_BUILD_TYPE STREQUAL Release AND THRONG_SANITIZER STREQUAL none))
      set(runs OFF)
    endif()
    if(THRONG_SANITIZER STREQUAL address AND test MATCHES "[.]ranks_[^2]")
      set(runs OFF)
    endif()
    if(THRONG_SANITIZER STREQUAL thread AND NOT "threads" IN_LIST labels)
      set(runs OFF)
    endif()
    if(NOT runs)
      set_tests_properties(${test} PROPERTIES DISABLED TRUE)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL throng_finish_tests)

# Tests in Python run in the private environment that tools/setup makes, where there is one.
if(EXISTS ${PROJECT_SOURCE_DIR}/build/venv/bin/python)
  set(Python3_EXECUTABLE ${PROJECT_SOURCE_DIR}/build/venv/bin/python)
endif()
find_package(Python3 COMPONENTS Interpreter)
