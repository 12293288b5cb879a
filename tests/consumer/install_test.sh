#!/usr/bin/env bash
# What is built, installed below one prefix and moved to another: the program and the library work there, and nothing asks for
# the sources, the build or the first prefix.
#
#   install_test.sh BUILD MPIRUN [MPIRUN FLAGS…]
set -euo pipefail
build=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

cmake --install "$build" --prefix "$stage/first" >"$stage/log" 2>&1 || { cat "$stage/log"; exit 1; }
mkdir "$stage/other"
mv "$stage/first" "$stage/other/place"
sources=$(cd "$here/../.." && pwd)
if grep -rIlF -e "$stage/first" -e "$sources" -e "$build" "$stage/other/place"; then
  echo "FAILED: these name a folder that they shouldn't need"
  exit 1
fi
"$here/check_program.sh" "$stage/other/place"
"$here/use_library.sh" "$stage/other/place" "$@"
