# What `cmake --install` puts where. All of it finds the rest by relative paths, so that a prefix can be moved.
# Components: program, documents (as people who build it themselves expect them) and development.
include(CMakePackageConfigHelpers)

# The program itself: launch/CMakeLists.txt. Its libraries: lockstep_installed().
set(share ${CMAKE_INSTALL_DATADIR}/lockstep)
file(GLOB configurations CONFIGURE_DEPENDS configs/*.yaml)
install(FILES ${configurations} DESTINATION ${share}/configs COMPONENT program)
install(PROGRAMS launch/lockstep.sbatch DESTINATION ${share} COMPONENT program)
install(PROGRAMS launch/libreoffice_help_corpus.py launch/run_summary.py DESTINATION ${share}/scripts COMPONENT program)

# lockstep-run stands beside what it imports; in bin is a link, through which Python looks.
set(helpers ${CMAKE_INSTALL_LIBEXECDIR}/lockstep)
install(PROGRAMS launch/lockstep-run DESTINATION ${helpers} COMPONENT program)
install(FILES launch/run_hosts.py DESTINATION ${helpers} COMPONENT program)
file(RELATIVE_PATH to_helpers ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBEXECDIR}/lockstep)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/links)
file(CREATE_LINK ${to_helpers}/lockstep-run ${CMAKE_CURRENT_BINARY_DIR}/links/lockstep-run SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/links/lockstep-run DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

if(LOCKSTEP_MANUAL)
  install(DIRECTORY ${LOCKSTEP_MANUAL_FOLDER}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT documents)
  install(DIRECTORY ${LOCKSTEP_MANUAL_FOLDER}/bash/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
          COMPONENT program)
  install(DIRECTORY ${LOCKSTEP_MANUAL_FOLDER}/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
          COMPONENT documents)
  install(DIRECTORY ${LOCKSTEP_MANUAL_FOLDER}/fish/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT program)
endif()

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)

install(DIRECTORY framework models DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lockstep COMPONENT development
        FILES_MATCHING PATTERN "*.h" PATTERN page EXCLUDE)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lockstep)
install(EXPORT lockstep FILE lockstepTargets.cmake NAMESPACE lockstep:: DESTINATION ${package} COMPONENT development)
configure_file(cmake/lockstepConfig.cmake.in lockstepConfig.cmake @ONLY)
write_basic_package_version_file(lockstepConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lockstepConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/lockstepConfigVersion.cmake
              cmake/Libraries.cmake DESTINATION ${package} COMPONENT development)
