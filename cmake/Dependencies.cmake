# Every outside library, by one name each; cmake/packages.txt lists the Debian packages they come from.
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
# The faster engine of matrix products; without it OpenBLAS does all of them.
find_package(dnnl CONFIG)
if(dnnl_FOUND)
  find_package(OpenMP REQUIRED COMPONENTS CXX)  # its threads, to keep them at one
endif()
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(pangocairo REQUIRED IMPORTED_TARGET pangocairo)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)

# Users need no Catch2: the tests are built where it is there, or where LOCKSTEP_TESTS (preset ci) insists.
if(LOCKSTEP_TESTS)
  find_package(Catch2 2.13 REQUIRED)
elseif(NOT DEFINED LOCKSTEP_TESTS)
  find_package(Catch2 2.13 QUIET)
  set(LOCKSTEP_TESTS ${Catch2_FOUND})
endif()
