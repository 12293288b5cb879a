#include "framework/core/resources.h"

#include <sys/resource.h>

#include <ctime>

namespace lockstep {
namespace {

rusage usage() {
  rusage values{};
  getrusage(RUSAGE_SELF, &values);
  return values;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

double peak_memory() {
  return 1024 * static_cast<double>(usage().ru_maxrss);
}

double processor_seconds() {
  const rusage values = usage();
  return seconds_of(values.ru_utime) + seconds_of(values.ru_stime);
}

double thread_processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace lockstep
