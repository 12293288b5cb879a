# The warnings every target of ours is built with.
add_library(lockstep_warnings INTERFACE)
target_compile_options(lockstep_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wextra-semi $<$<BOOL:${LOCKSTEP_WARNINGS_AS_ERRORS}>:-Werror>)
