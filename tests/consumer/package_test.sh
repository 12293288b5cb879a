#!/usr/bin/env bash
# The Debian packages: made in a folder of their own, with the dependencies that they need, and nothing that lintian calls an
# error.
#
#   package_test.sh BUILD
set -euo pipefail
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "FAILED: $*"
  exit 1
}
for tool in dpkg-deb dpkg-shlibdeps file gzip; do
  command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
done
cpack --config "$build/CPackConfig.cmake" -G DEB -B "$folder" >cpack.log 2>&1 || fail "cpack: $(cat cpack.log)"
program=$(ls lockstep_*.deb)
library=$(ls lockstep-dev_*.deb)

# has PACKAGE FIELD TEXT…: that a field of a package holds each.
has() {
  local package=$1 field=$2 text value
  value=$(dpkg-deb --field "$package" "$field")
  for text in "${@:3}"; do
    [[ $value == *"$text"* ]] || fail "$field of $package lacks $text: $value"
  done
}
has "$program" Depends libopenmpi libhdf5 libyaml-cpp libsentencepiece openmpi-bin python3
has "$program" Recommends fonts-dejavu-core
has "$library" Depends "lockstep (= $(dpkg-deb --field "$program" Version))" libopenmpi-dev libhdf5-dev libxxhash-dev pkg-config
[[ $(dpkg-deb --field "$library" Depends) != *cli11* ]] || fail "the library needs the command line's package"
# A package owns each file, and no file is in both.
for package in "$program" "$library"; do
  dpkg-deb --contents "$package" | awk '!/^d/ { print $6 }' | sort >"${package%%_*}.files"
  [[ -z $(dpkg-deb --contents "$package" | awk '$2 != "root/root" || $1 ~ /^-.......w/') ]] || fail "$package: owners or modes are wrong"
done
[[ -z $(comm -12 lockstep.files lockstep-dev.files) ]] || fail "both packages have $(comm -12 lockstep.files lockstep-dev.files)"
for file in bin/lockstep bin/lockstep-run libexec/lockstep/run_hosts.py share/lockstep/lockstep.sbatch \
  share/lockstep/configs/quickstart.yaml share/man/man1/lockstep-train.1.gz share/zsh/vendor-completions/_lockstep \
  share/bash-completion/completions/lockstep share/fish/vendor_completions.d/lockstep.fish; do
  grep -qxF "./usr/$file" lockstep.files || fail "the package lacks $file: $(cat lockstep.files)"
done
for file in include/lockstep/framework/model.h lib/liblockstep_training.a lib/cmake/lockstep/lockstepConfig.cmake; do
  grep -qxF "./usr/$file" lockstep-dev.files || fail "the library's package lacks $file: $(cat lockstep-dev.files)"
done
! grep -v "^\./usr/share/doc/" lockstep-dev.files | grep -v "^\./usr/\(include\|lib\)/" || fail "that isn't development"
echo "packages: $(wc -c <"$program") and $(wc -c <"$library") bytes"
if command -v lintian >/dev/null; then
  lintian --fail-on error "$program" "$library" || fail "lintian finds errors"
else
  echo "skipped: lintian, as it isn't here"
fi
