#!/usr/bin/env bash
# An installed lockstep as its users meet it: it says its version, finds what was installed with it, and brings manual pages
# that name each option and completions that work. Needs no compiler.
#
#   check_program.sh PREFIX
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$1
# Debian keeps them elsewhere.
zsh_place=share/zsh/vendor-completions
[[ -e $prefix/$zsh_place/_lockstep ]] || zsh_place=share/zsh/site-functions
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
lockstep=$prefix/bin/lockstep

fail() {
  echo "FAILED: $*"
  exit 1
}
# expect TEXT COMMAND…: that the command succeeds and prints it.
expect() {
  local text=$1
  shift
  "$@" >out 2>&1 || fail "$*: $(cat out)"
  grep -qF -- "$text" out || fail "$*: doesn't print $text: $(cat out)"
}

expect "lockstep " "$lockstep" --version
expect "--hostfile" "$prefix/bin/lockstep-run" --help
[[ -z $(find "$prefix/libexec/lockstep" -name __pycache__) ]] || fail "lockstep-run leaves something in its folder"
for script in libreoffice_help_corpus.py run_summary.py; do
  [[ -x $prefix/share/lockstep/scripts/$script ]] || fail "there is no $script"
done
bash -n "$prefix/share/lockstep/lockstep.sbatch"

# Ready configurations by their names, from any folder; a file of that name comes first.
for file in "$prefix"/share/lockstep/configs/*.yaml; do
  name=$(basename "$file" .yaml)
  expect "run:" "$lockstep" train "$name" --print-configuration
done
expect "run: runs/quickstart-en-fr" "$lockstep" train quickstart.yaml --print-configuration
sed 's/^run:.*/run: own/' "$prefix/share/lockstep/configs/quickstart.yaml" >quickstart
expect "run: own" "$lockstep" train quickstart --print-configuration
! "$lockstep" train quikstart --print-configuration 2>out || fail "takes a configuration that isn't there"
grep -q "^lockstep: quikstart: .*multi30k-en-fr, quickstart" out || fail "doesn't name the ready ones: $(cat out)"

# plain PAGE: the text of a manual page, without what roff adds.
plain() {
  local page=$prefix/share/man/man1/$1.1
  { if [[ -e $page.gz ]]; then gzip -cd "$page.gz"; else cat "$page"; fi; } | sed 's/\\f[BIR]//g; s/\\-/-/g'
}
commands=$("$lockstep" --help | awk 'tolower($0) ~ /^subcommands:/ { on = 1; next } on && /^  [a-z]/ { print $1 } on && !/^ / { on = 0 }')
[[ $(wc -w <<<"$commands") -ge 8 ]] || fail "the help names no subcommands: $commands"
checked=0
for command in $commands; do
  plain "lockstep-$command" >page || fail "there is no manual page of lockstep $command"
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO"; do
    grep -qx "\.SH $section" page || fail "the page of lockstep $command has no $section"
  done
  "$lockstep" "$command" --help >help
  for option in $(grep -oE '^  +(-[a-z],)?--[a-z-]+' help | tr ',' '\n'); do
    grep -qE -- "^(.*, )?$option( |$|,)" page || fail "the page of lockstep $command doesn't name $option"
    checked=$((checked + 1))
  done
  plain lockstep | grep -q "^lockstep-$command(1)" || fail "the page of lockstep doesn't name $command"
done
[[ $checked -ge 60 ]] || fail "only $checked options were looked for"
plain lockstep-run >page
for option in $("$prefix/bin/lockstep-run" --help | grep -oE '^  --?[a-z-]+'); do
  grep -qE -- "^$option( |$)" page || fail "the page of lockstep-run doesn't name $option"
done
echo "manual pages: $(wc -w <<<"lockstep lockstep-run $commands"), with $checked options"
if command -v man >/dev/null; then
  for page in "$prefix"/share/man/man1/lockstep*; do
    LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -E UTF-8 -l "$page" 2>warnings >text || fail "man $page: $(cat warnings)"
    [[ ! -s warnings ]] || fail "man $page: $(cat warnings)"
    [[ $(wc -l <text) -gt 20 ]] || fail "man $page: $(cat text)"
  done
else
  echo "skipped: manual pages as man shows them, as there is no man here"
fi

# completed FILE WORD…: what bash offers for the last word.
completed() {
  # shellcheck disable=SC2016  # for the inner shell
  bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; echo "${COMPREPLY[*]}"' \
    bash "$prefix/share/bash-completion/completions/$1" "$@"
}
# offers "WORDS" WORD…: that these are offered, and nothing else.
offers() {
  local expected=$1 got
  shift
  got=$(completed "$@")
  [[ $got == "$expected" ]] || fail "bash completes $* to $got, not to $expected"
}
touch my.yaml
offers "train translate" lockstep tr
offers "train" lockstep trai
offers "--help --version" lockstep --
offers "--check-ranks" lockstep train --c
offers "--fresh --force" lockstep train my.yaml --f
offers "my.yaml" lockstep train my
offers "auto onednn openblas panels" lockstep translate best.h5 --gemm ""
offers "panels" lockstep translate best.h5 --gemm = p
offers "13a intl char zh none" lockstep evaluate --tokenize ""
offers "my.yaml" lockstep translate -i my
offers "" lockstep translate --beam ""
offers "--hostfile --host" lockstep-run --ho
offers "my.yaml" lockstep-run --hostfile my

fish=$prefix/share/fish/vendor_completions.d/lockstep.fish
if command -v fish >/dev/null; then
  # in_fish LINE: what fish offers. It also finds words that have the letters elsewhere.
  in_fish() { HOME=$folder fish --no-config -c "source $fish; complete -C '$1'" | cut -f1 | sort | xargs; }
  # offered_in_fish LINE WORD…
  offered_in_fish() {
    local word got
    got=$(in_fish "$1")
    for word in "${@:2}"; do [[ " $got " == *" $word "* ]] || fail "fish completes $1 to $got, not to $word"; done
  }
  offered_in_fish "lockstep tr" train translate
  offered_in_fish "lockstep train --f" --fresh --force
  [[ $(in_fish "lockstep translate --fre") != *--fresh* ]] || fail "fish offers another command's options"
  offered_in_fish "lockstep translate --gemm " auto onednn openblas panels
  offered_in_fish "lockstep train my" my.yaml
else
  echo "skipped: completions of fish, as there is no fish here"
fi
if command -v zsh >/dev/null; then
  for name in lockstep lockstep-run; do
    zsh -fn "$prefix/$zsh_place/_$name" || fail "zsh can't read _$name"
  done
  # completed_in_zsh LINE EXPECTED
  completed_in_zsh() {
    HOME=$folder timeout 60 zsh -f "$here/completed_in_zsh" "$prefix/$zsh_place" "$1" "$2" || fail "zsh doesn't complete $1 to $2"
  }
  completed_in_zsh "lockstep trai" "lockstep train"
  completed_in_zsh "lockstep train --fr" "train --fresh"
  completed_in_zsh "lockstep translate --gemm=p" "gemm=panels"
  completed_in_zsh "lockstep train my" "train my.yaml"
else
  echo "skipped: completions of zsh, as there is no zsh here"
fi
echo "completions: as they should be"
