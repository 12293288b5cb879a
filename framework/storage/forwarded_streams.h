#pragma once

#include <string_view>

namespace lockstep {

// Open MPI 5 starts programs by PRRTE, which forwards standard streams through pipes and damages them where nobody
// takes care:
// - standard input: when a pipe is full, what it has taken already is written again, as often as it is tried (PRRTE's
// issue
//   2579, mended for rank 0 beside mpirun in Open MPI 5.0.10);
// - standard output: the beginning of a line at the end of one reading may be lost when the rest comes later (seen with
//   Open MPI 5.0.7).
// So input is refused once its pipe may have been full, and output is handed over in whole lines, one reading at a
// time.

/// Whether `descriptor` is a pipe in a process that PRRTE has started.
[[nodiscard]] bool is_forwarded(int descriptor);

/// Enlarges the pipe of standard input where it is a forwarded one and hasn't been full. For the start of a program.
void make_room_in_forwarded_input();

/// Throws RunError where a forwarded input's pipe may have been full since the last reading. To be asked before each.
void check_forwarded_input(int descriptor);

/// Writes whole lines, each with its newline, to a forwarded output, and waits until they were read at the other end.
/// Throws RunError when nobody reads there any more.
void write_to_forwarded_output(int descriptor, std::string_view lines);

}  // namespace lockstep
