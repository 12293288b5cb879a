#include "framework/training/stop_signals.h"

namespace lockstep {
namespace {

// The one thing a signal handler can reach.
volatile std::sig_atomic_t asked_signal = 0;
volatile std::sig_atomic_t interrupted = 0;

extern "C" void ask_for_stop(int signal) {
  if (signal == SIGINT && interrupted != 0) {
    // Files appear whole or not at all, so that nothing has to be put in order. Goes off when the handler returns.
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  if (signal == SIGINT) interrupted = 1;
  if (asked_signal == 0) asked_signal = signal;
}

}  // namespace

StopSignals::StopSignals() {
  asked_signal = 0;
  interrupted = 0;
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
