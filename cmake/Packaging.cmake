# `cpack -G DEB`: package lockstep, and lockstep-dev for those who build on the library. The program's libraries are what
# dpkg-shlibdeps finds in it; lockstep-dev depends on what brings the libraries that lockstepConfig.cmake looks for.
set(CPACK_PACKAGE_VENDOR Lockstep)
set(CPACK_PACKAGE_CONTACT "Lockstep maintainers <maintainers@lockstep.example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Component "debian" is what Debian wants another way than people who build it themselves, who get "documents".
set(CPACK_COMPONENTS_ALL program debian development debian_development)
set(CPACK_COMPONENT_PROGRAM_GROUP lockstep)
set(CPACK_COMPONENT_DEBIAN_GROUP lockstep)
set(CPACK_COMPONENT_DEVELOPMENT_GROUP dev)
set(CPACK_COMPONENT_DEBIAN_DEVELOPMENT_GROUP dev)
find_program(LOCKSTEP_GZIP gzip)
mark_as_advanced(LOCKSTEP_GZIP)
if(LOCKSTEP_GZIP)
  set(debian ${CMAKE_CURRENT_BINARY_DIR}/debian)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  configure_file(cmake/debian/changelog.in ${debian}/changelog.Debian @ONLY)
  configure_file(CHANGELOG.md ${debian}/changelog COPYONLY)
  execute_process(COMMAND ${LOCKSTEP_GZIP} -9nfk changelog.Debian changelog WORKING_DIRECTORY ${debian}
                  COMMAND_ERROR_IS_FATAL ANY)
  set(papers cmake/debian/copyright ${debian}/changelog.Debian.gz ${debian}/changelog.gz)
  install(FILES ${papers} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lockstep COMPONENT debian EXCLUDE_FROM_ALL)
  install(FILES ${papers} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lockstep-dev COMPONENT debian_development
          EXCLUDE_FROM_ALL)
endif()
if(LOCKSTEP_GZIP AND LOCKSTEP_MANUAL)
  add_custom_command(OUTPUT ${debian}/man/lockstep.1.gz
                     COMMAND ${CMAKE_COMMAND} -E rm -rf ${debian}/man
                     COMMAND ${CMAKE_COMMAND} -E copy_directory ${LOCKSTEP_MANUAL_FOLDER}/man ${debian}/man
                     COMMAND ${LOCKSTEP_GZIP} -9nr ${debian}/man
                     DEPENDS ${LOCKSTEP_MANUAL_FOLDER}/man/lockstep.1 VERBATIM)
  add_custom_target(lockstep_debian_manual ALL DEPENDS ${debian}/man/lockstep.1.gz)
  add_dependencies(lockstep_debian_manual lockstep_manual)
  install(DIRECTORY ${debian}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT debian EXCLUDE_FROM_ALL)
  install(DIRECTORY ${LOCKSTEP_MANUAL_FOLDER}/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
          COMPONENT debian EXCLUDE_FROM_ALL)
endif()

# Lines as Debian wants them, under 80 characters.
set(what "Lockstep trains the attention encoder-decoder of Bahdanau, Cho and Bengio
(2015) on the processors of a cluster. The same configuration gives the same
bits on any number of ranks, and one HDF5 file is the whole run.")
set(CPACK_DEBIAN_LOCKSTEP_PACKAGE_NAME lockstep)
set(CPACK_DEBIAN_LOCKSTEP_PACKAGE_SECTION science)
set(CPACK_DEBIAN_LOCKSTEP_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LOCKSTEP_PACKAGE_DEPENDS "openmpi-bin, python3:any")
set(CPACK_DEBIAN_LOCKSTEP_PACKAGE_RECOMMENDS "fonts-dejavu-core")
set(CPACK_DEBIAN_LOCKSTEP_DESCRIPTION "distributed training of attention encoder-decoders
${what}
.
This package has the program, which trains, translates, scores and draws
alignments, and what keeps it running on hosts and under Slurm.")

set(needs "lockstep (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
foreach(row ${LOCKSTEP_PACKAGES})
  if(row MATCHES "^(.*)=(.*)$" AND CMAKE_MATCH_1 IN_LIST LOCKSTEP_LIBRARIES)
    string(APPEND needs ", ${CMAKE_MATCH_2}")
  endif()
endforeach()
set(CPACK_DEBIAN_DEV_PACKAGE_NAME lockstep-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${needs}")
set(CPACK_DEBIAN_DEV_DESCRIPTION "library of a distributed training framework: headers and archives
${what}
.
This package has the library behind the program, for CMake:
find_package(lockstep).")
include(CPack)
