# cmake -D SOURCE=… -D TO=… -D VERSION=… -D BUILD_TYPE=… -P: writes launch/program_version.cpp.in's names as the file TO,
# and leaves that alone where nothing has changed. The revision is git's in a checkout, that of git archive in a tarball, and
# empty anywhere else; "+changes" stands behind it where what the program is built from differs from it.
function(ask_git to)
  # Git looks at a folder of somebody else's only where it is told to. No lock: a build may run beside any git command.
  execute_process(COMMAND git -c safe.directory=* --no-optional-locks ${ARGN}
                  WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE result OUTPUT_VARIABLE answer
                  ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0)
    set(answer "")
  endif()
  set(${to} "${answer}" PARENT_SCOPE)
endfunction()

file(STRINGS ${SOURCE}/cmake/revision.txt revision LIMIT_COUNT 1)
if(NOT revision MATCHES "^[0-9a-f]+$")
  set(revision "")
  # A folder within another checkout isn't that one's.
  ask_git(inner rev-parse --is-inside-work-tree --show-prefix)
  if(inner STREQUAL "true")
    ask_git(revision rev-parse HEAD)
  endif()
  ask_git(changes status --porcelain -- CMakeLists.txt CMakePresets.json cmake framework launch models)
endif()
string(SUBSTRING "${revision}" 0 12 revision)
if(revision AND changes)
  string(APPEND revision "+changes")
endif()
configure_file(${SOURCE}/launch/program_version.cpp.in ${TO} @ONLY)
