#include "framework/training/stop_signals.h"

#include <array>
#include <utility>

namespace lockstep {
namespace {

// The one thing a signal handler can reach.
volatile std::sig_atomic_t asked_signal = 0;

extern "C" void ask_for_stop(int signal) {
  if (signal == SIGINT && asked_signal == SIGINT) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  asked_signal = signal;
}

}  // namespace

StopSignals::StopSignals() {
  asked_signal = 0;
  struct sigaction action {};
  action.sa_handler = ask_for_stop;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) {
    struct sigaction before {};
    sigaction(signal, &action, &before);
    before_.emplace_back(signal, before);
  }
}

StopSignals::~StopSignals() {
  for (const auto& [signal, action] : before_) sigaction(signal, &action, nullptr);
}

int StopSignals::asked() const {
  return asked_signal;
}

}  // namespace lockstep
