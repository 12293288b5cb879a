# Finds every outside library (Libraries.cmake), and says in one table which are missing, what for, and what they are
# called elsewhere: the comments and names of packages.txt.
include(FeatureSummary)
include(Libraries)
set(LOCKSTEP_LIBRARIES ${LOCKSTEP_LIBRARIES_FOUND})  # what Lockstep is built with, its command line aside
lockstep_find_package(CLI11)

# Users need no Catch2: the tests are built where it is there, or where LOCKSTEP_TESTS (preset ci) insists.
find_package(Catch2 QUIET)
if(Catch2_FOUND AND Catch2_VERSION VERSION_LESS 2.13)
  set(Catch2_FOUND FALSE)
endif()
if(NOT DEFINED LOCKSTEP_TESTS)
  set(LOCKSTEP_TESTS ${Catch2_FOUND})
endif()
lockstep_note_library(Catch2 Catch2_FOUND LOCKSTEP_TESTS)

# A row of the table: a library's name in Libraries.cmake, and the package whose line in packages.txt tells the rest.
set(LOCKSTEP_PACKAGES
  PkgConfig=pkg-config MPI=libopenmpi-dev HDF5=libhdf5-dev yaml-cpp=libyaml-cpp-dev fmt=libfmt-dev spdlog=libspdlog-dev
  nlohmann_json=nlohmann-json3-dev OpenBLAS=libopenblas-dev Highway=libhwy-dev xxHash=libxxhash-dev
  utf8proc=libutf8proc-dev sentencepiece=libsentencepiece-dev CLI11=libcli11-dev oneDNN=libdnnl-dev
  Pango=libpango1.0-dev)
if(LOCKSTEP_TESTS)
  list(APPEND LOCKSTEP_PACKAGES Catch2=catch2)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/packages.txt)
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/packages.txt lines)
string(REPLACE "\\;" "," lines "${lines}")
set(absent "")
set(unlisted ${LOCKSTEP_PACKAGES})
foreach(line ${lines})
  if(line MATCHES "^\\[(.*)\\]")
    set(type REQUIRED)
    if(CMAKE_MATCH_1 STREQUAL optional)
      set(type OPTIONAL)
    endif()
  elseif(line MATCHES "^([^# ]+) +([^ ]+) +([^ ]+) *(# *(.*))?$")
    set(package ${CMAKE_MATCH_1})
    set(purpose "${CMAKE_MATCH_5}\n   Debian: ${CMAKE_MATCH_1}  Fedora: ${CMAKE_MATCH_2}  Spack: ${CMAKE_MATCH_3}")
    foreach(row ${LOCKSTEP_PACKAGES})
      if(row MATCHES "^(.*)=(.*)$" AND CMAKE_MATCH_2 STREQUAL package)
        list(REMOVE_ITEM unlisted ${row})
        set_package_properties(${CMAKE_MATCH_1} PROPERTIES TYPE ${type} PURPOSE "${purpose}")
        if(NOT CMAKE_MATCH_1 IN_LIST LOCKSTEP_LIBRARIES_FOUND)
          list(APPEND absent ${CMAKE_MATCH_1})
        endif()
      endif()
    endforeach()
  endif()
endforeach()
if(unlisted)
  message(FATAL_ERROR "cmake/packages.txt has no line for ${unlisted}")
endif()
# find_package keeps these two; not all of ours are found by it.
set_property(GLOBAL PROPERTY PACKAGES_FOUND "${LOCKSTEP_LIBRARIES_FOUND}")
set_property(GLOBAL PROPERTY PACKAGES_NOT_FOUND "${absent}")
feature_summary(WHAT OPTIONAL_PACKAGES_NOT_FOUND REQUIRED_PACKAGES_NOT_FOUND INCLUDE_QUIET_PACKAGES QUIET_ON_EMPTY
                DEFAULT_DESCRIPTION FATAL_ON_MISSING_REQUIRED_PACKAGES)
