# Asks PROGRAM for its cases and writes a CTest file, LIST, with a test for each: NAME.CASE.
cmake_minimum_required(VERSION 3.21)
execute_process(COMMAND "${PROGRAM}" --list OUTPUT_VARIABLE cases ERROR_VARIABLE said RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --list ended with ${status}:\n${said}")
endif()

set(text "")
string(REPLACE ";" "\\;" cases "${cases}")
string(REGEX REPLACE "\n$" "" cases "${cases}")
string(REPLACE "\n" ";" cases "${cases}")
foreach(case IN LISTS cases)
  # The filter is an expression: names of rows may hold any character.
  string(REGEX REPLACE "([].[\\^$*+?(){}|])" "\\\\\\1" filter "${case}")
  string(APPEND text
    "add_test([==[${NAME}.${case}]==] [==[${PROGRAM}]==] -k [==[^${filter}$]==])\n"
    "set_tests_properties([==[${NAME}.${case}]==] PROPERTIES LABELS [==[${NAME}]==] WORKING_DIRECTORY [==[${FOLDER}]==]"
    " SKIP_REGULAR_EXPRESSION \"(^|\\n)ok 1 - [^\\n]* # SKIP|(^|\\n)1[.][.]0 # SKIP\")\n")
endforeach()
file(WRITE "${LIST}" "${text}")
