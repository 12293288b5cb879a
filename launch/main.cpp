#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <new>
#include <string>

#include "framework/storage/forwarded_streams.h"
#include "launch/commands.h"
#include "launch/describe_program.h"
#include "launch/print_error.h"

namespace lockstep {
namespace {

int fail(ExitCode exit_code, const std::string& message) {
  print_error(message);
  return static_cast<int>(exit_code);
}

int run(int argc, char** argv) {
  CLI::App program("Trains attention encoder-decoders data-parallel: the same bits on any number of ranks.",
                   "lockstep");
  program.set_version_flag("--version", describe_program, "print version, revision, libraries and engines, and exit");
  program.footer(
      "Example: lockstep prepare configs/quickstart.yaml\n"
      "Exit codes: 0 done, 2 usage or configuration, 3 bad data or file, 4 failed while running,\n"
      "75 stopped by a signal or --max-minutes after a checkpoint (start it again to go on).");
  program.require_subcommand(1);
  ExitCode exit_code = ExitCode::kDone;
  add_prepare_command(program, exit_code);
  add_train_command(program, exit_code);
  add_bench_command(program, exit_code);
  add_translate_command(program, exit_code);
  add_evaluate_command(program, exit_code);
  add_align_command(program, exit_code);
  add_inspect_command(program, exit_code);
  add_explain_command(program, exit_code);
  add_manual_command(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version
    return program.exit(request);
  } catch (const CLI::ParseError& error) {
    const auto chosen = program.get_subcommands();
    const std::string help = chosen.empty() ? "lockstep --help" : "lockstep " + chosen.front()->get_name() + " --help";
    return fail(ExitCode::kUsage, fmt::format("{}; see {}", error.what(), help));
  }
  return static_cast<int>(exit_code);
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using lockstep::ExitCode;
  lockstep::make_room_in_forwarded_input();
  try {
    return lockstep::run(argc, argv);
  } catch (const lockstep::Error& error) {
    return lockstep::fail(error.exit_code(), error.what());
  } catch (const std::bad_alloc&) {
    return lockstep::fail(ExitCode::kRun, "out of memory; take smaller shards or a smaller model");
  } catch (const std::exception& error) {
    return lockstep::fail(ExitCode::kRun, error.what());
  }
}
