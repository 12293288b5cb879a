#pragma once

#include <string_view>

namespace lockstep {

// Open MPI 5 starts programs by PRRTE, which forwards standard streams through pipes and damages them where nobody
// takes care.
//
// Standard input: when a pipe is full, what it has taken already is written again, as often as it is tried (PRRTE's
// issue 2579, mended for rank 0 beside mpirun in Open MPI 5.0.10). So input is refused once its pipe may have been
// full.
//
// Standard output: the beginning of a line at the end of one reading waits for the rest, and goes in front of whatever
// comes first from this process or on this stream, of standard error too (OpenPMIx's issue 3858, seen with Open MPI
// 5.0.7). So output to a pipe is handed over in whole lines, one reading at a time. From a pseudo-terminal, which PRRTE
// makes where it can, nobody hears what was read: there a pause follows what may take more than one reading, so that
// standard error comes late enough.

/// Whether `descriptor` is a pipe or terminal in a process that PRRTE has started.
[[nodiscard]] bool is_forwarded(int descriptor);

/// Enlarges the pipe of standard input where it is a forwarded one and hasn't been full. For the start of a program.
void make_room_in_forwarded_input();

/// Throws RunError where a forwarded input's pipe may have been full since the last reading. To be asked before each.
void check_forwarded_input(int descriptor);

/// Writes whole lines, each with its newline, to a forwarded output, and waits until they were read at the other end,
/// or should have been. Throws RunError when nobody reads there any more.
void write_to_forwarded_output(int descriptor, std::string_view lines);

}  // namespace lockstep
