#!/usr/bin/env bash
# The installed library: a project of somebody else's finds it, is built on it, and translates a line with a checkpoint
# that the installed program trained; each header that is the library's face compiles alone.
#
#   use_library.sh PREFIX MPIRUN [MPIRUN FLAGS…]
prefix=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
set -- "$prefix/bin/lockstep" "$@"
# shellcheck source=tests/mpi/whole_program.sh
source "$here/../mpi/whole_program.sh" "$@"

make_text 400 20
cat >run.yaml <<'YAML'
run: run
corpus: {source: train.en, target: train.xx, vocabulary: {kind: word, size: 42, joint: false}}
model: {embedding: 16, hidden: 32, attention: 24, maxout: 16, initial: {scheme: glorot}}
training: {shards: 8, shard_sentences: 4, epochs: 100, updates: 100, optimizer: {learning_rate: 0.004}}
YAML
"$program" prepare run.yaml >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
"${mpirun[@]}" -n 2 "$program" train run.yaml >train.log 2>&1 </dev/null || fail "train: $(cat train.log)"
model=run/checkpoints/checkpoint-00000100.h5

# configure FOLDER [ARGUMENTS…]: builds in ./build-NAME.
configure() {
  cmake -S "$1" -B "build-$(basename "$1")" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" "${@:2}" >configure.log 2>&1
}
build() {
  configure "$1" || fail "$1 doesn't find the library: $(cat configure.log)"
  cmake --build "build-$(basename "$1")" -j2 >build.log 2>&1 || fail "$1 can't be built: $(cat build.log)"
}
build "$here"
grep -q "^lockstep_DIR.*=$prefix/" build-consumer/CMakeCache.txt || fail "another library was found: $(grep lockstep_DIR build-consumer/CMakeCache.txt)"

# What the program says is what the library has to say.
line=$(awk 'NF > 7 { print; exit }' val.en)
"$program" translate "$model" <<<"$line" >translation 2>translate.log || fail "translate: $(cat translate.log)"
echo "$(cat translation) v1" >reference
"$program" evaluate translation reference --metrics bleu >score
for ranks in 1 2; do
  "${mpirun[@]}" -n "$ranks" build-consumer/consumer "$model" "$line" "$(cat reference)" >said </dev/null || fail "the consumer: $(cat said)"
  [[ $(sed -n 1p said) == "$(cat translation)" ]] || fail "the consumer translates $(sed -n 1p said), the program $(cat translation)"
  grep -qxF "$(sed -n 2p said)" score || fail "the consumer scores $(sed -n 2p said), the program $(cat score)"
done
status=0
build-consumer/consumer no-such-file a b >said 2>&1 || status=$?
[[ $status -eq 3 ]] && grep -q "no-such-file" said || fail "a checkpoint that isn't there: exit $status: $(cat said)"
echo "the library translates as the program does: $(cat translation), $(sed -n 1p score)"

# The README's example is that of the next reader.
mkdir example
for block in cmake:CMakeLists.txt cpp:main.cpp; do
  awk -v begin="\`\`\`${block%%:*}" '$0 == begin { on = 1; next } /^```/ { on = 0 } on' "$here/../../README.md" >"example/${block#*:}"
done
build "$PWD/example"
build-example/mine "$model" "$line" >said || fail "the README's example: $(cat said)"
[[ $(cat said) == "$(cat translation)" ]] || fail "the README's example translates $(cat said), the program $(cat translation)"

# A machine without some of the libraries.
rm -r build-consumer
! PKG_CONFIG_LIBDIR=/nowhere configure "$here" -DPKG_CONFIG_USE_CMAKE_PREFIX_PATH=OFF || fail "it is found where libraries are missing"
xargs -d '\n' <configure.log | tr -s ' ' | grep -q "can't be found here: [^.]*xxHash" || fail "it isn't said what is missing: $(cat configure.log)"

build "$here/headers"
grep "headers that compile alone" configure.log
