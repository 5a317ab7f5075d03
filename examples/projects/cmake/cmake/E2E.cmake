# e2e_library(SOURCE)
#   compiles the functions of the toolkit once. SOURCE is the file with E2E_IMPLEMENT; the headers stand beside it.
# e2e_add_test(NAME SOURCE...)
#   builds the program NAME.t, and makes each of its cases a test of CTest: NAME.CASE. So `ctest -R`, `-j`, `--rerun-failed` and
#   `--output-junit` are about cases; what a guard skips is skipped there.
set(E2E_FOLDER "${CMAKE_CURRENT_LIST_DIR}")

function(e2e_library source)
  get_filename_component(folder "${source}" DIRECTORY)
  add_library(e2e STATIC "${source}")
  target_include_directories(e2e INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
  target_compile_definitions(e2e INTERFACE E2E_EXTERN)
endfunction()

function(e2e_add_test name)
  set(program ${name}.t)
  set(list "${CMAKE_CURRENT_BINARY_DIR}/${name}.cases.cmake")

  add_executable(${program} ${ARGN})
  target_link_libraries(${program} PRIVATE e2e)

  # Which cases there are is known when the program has been built: it is asked then.
  add_custom_command(
    TARGET ${program} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -D "NAME=${name}" -D "PROGRAM=$<TARGET_FILE:${program}>" -D "LIST=${list}"
            -D "FOLDER=${CMAKE_CURRENT_SOURCE_DIR}" -P "${E2E_FOLDER}/E2ECases.cmake"
    BYPRODUCTS "${list}"
    VERBATIM)

  # Not built yet: one test that says so, rather than none.
  file(WRITE "${list}.in"
    "if(EXISTS \"${list}\")\n  include(\"${list}\")\nelse()\n  add_test(${name}.not_built ${name}.not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${list}.in")
endfunction()
