# The Debian packages: built in one root, used in others that have never seen the sources' needs.

# A root in which quickstart has built the program, with the slow tests' packages too (lintian).
make_built() {
  local suite=$1
  have_building "$suite"
  seen "packages for building" in_root "$suite" building root lockstep/launch/install-packages --all-tests
  seen "build, preset release" in_root "$suite" building root \
    bash -c 'cd lockstep && cmake --preset release -DLOCKSTEP_TESTS=OFF && cmake --build --preset release'
}

# What make_files.sh makes, in ~/files of the root in which the program was built.
make_files() {
  local suite=$1
  if [[ ! -e $folder/$suite/building/root/files/digests ]]; then
    make_built "$suite"
    rm -rf "$folder/$suite/building/root/files"
    seen "corpus, checkpoint and alignments are made" in_root "$suite" building root \
      bash -c 'lockstep/tests/fresh/make_files.sh ~/lockstep/build/release/lockstep ~/files'
  fi
}

# The .debs, in ~/debs there.
make_debs() {
  local suite=$1
  make_files "$suite"
  rm -rf "$folder/$suite/building/root/debs"
  seen "cpack makes packages" in_root "$suite" building root \
    bash -c 'mkdir debs && cd debs && cpack --config ~/lockstep/build/release/CPackConfig.cmake -G DEB -B ~/debs && ls *.deb'
  seen "lintian finds no error" in_root "$suite" building root \
    bash -c 'lintian --allow-root --fail-on error --no-tag-display-limit debs/lockstep_*.deb debs/lockstep-dev_*.deb'
}

# All files of a root, but what package managers and manual pages keep for themselves.
list_files() {
  in_root "$1" "$2" root find / -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \
    -o -path /tmp \) -prune -o -printf '%p %y %m %u:%g %l\n' | sort
}

scenario_packages() {
  local suite=$1 root=$folder/$1/installed
  make_debs "$suite"
  copy_bare "$suite" installed
  clone_into "$suite" installed
  add_user "$suite" installed
  cp "$folder/$suite/building/root/debs/"lockstep_*.deb "$root/root/"
  cp -a "$folder/$suite/building/root/files" "$root/home/user/"
  # shellcheck disable=SC2016  # for the inner shell
  seen "what package lockstep depends on installs, without compilers" in_root "$suite" installed root bash -euc '
    apt-get update
    apt-get install -y --no-install-recommends man-db bash-completion
    apt-get satisfy -y --no-install-recommends "$(dpkg-deb -f lockstep_*.deb Depends)"
    for compiler in cc gcc g++ clang; do if command -v $compiler; then exit 1; fi; done'
  # Whoever is there first has a folder made for what is shared with them.
  in_root "$suite" installed user true
  list_files "$suite" installed >"$folder/$suite/before"
  seen "package lockstep installs" in_root "$suite" installed root apt-get install -y --no-install-recommends "./$(basename "$root"/root/lockstep_*.deb)"
  grep -q ' 1 newly installed' "$log" || fail "it needs more than it depends on: $(cat "$log")"

  seen "lockstep --version" in_root "$suite" installed user lockstep --version
  head -n 1 "$log"
  seen "man lockstep-train" in_root "$suite" installed user man lockstep-train
  grep -q -- '--check-ranks' "$log" || fail "the manual page says too little: $(head "$log")"
  # As somebody types it, in a shell that is set up as users' are: the first TAB adds what both have, the third lists them.
  seen "lockstep tr<TAB>" in_root "$suite" installed user bash -c '
    { sleep 2; printf "lockstep tr\t\t\t"; sleep 2; printf "\025exit\n"; sleep 1; } | HISTFILE= script -qec "bash -i" /dev/null'
  grep -E 'train +translate' "$log" || fail "the shell doesn't offer train and translate: $(cat "$log")"
  seen "a checkpoint made elsewhere translates to the same" in_root "$suite" installed user bash -euc '
    lockstep translate files/checkpoint.h5 -i files/val.en -o here.xx
    cmp here.xx files/translation.xx
    rm here.xx'
  seen "what comes with it" in_root "$suite" installed root lockstep/tests/consumer/check_program.sh /usr share/zsh/vendor-completions
  seen "lockstep-run starts it" in_root "$suite" installed root bash -euc '
    mkdir /tmp/run && cd /tmp && cp /home/user/files/*.{en,xx,yaml} . && cp /home/user/files/corpus.h5 run/
    lockstep-run -n 2 --oversubscribe -- lockstep train run.yaml --set training.updates=5'

  seen "package lockstep is purged" in_root "$suite" installed root apt-get purge -y lockstep
  list_files "$suite" installed >"$folder/$suite/after"
  diff "$folder/$suite/before" "$folder/$suite/after" || fail "the package leaves something behind, or takes something away"
  remove_root "$suite" installed
}

scenario_consumer() {
  local suite=$1
  if ! compgen -G "$folder/$suite/building/root/debs/lockstep-dev_*.deb" >/dev/null; then make_debs "$suite"; fi
  copy_bare "$suite" consumer
  clone_into "$suite" consumer
  cp "$folder/$suite/building/root/debs/"*.deb "$folder/$suite/consumer/root/"
  seen "package lockstep-dev installs, beside a compiler" in_root "$suite" consumer root \
    bash -c 'apt-get update && apt-get install -y --no-install-recommends ./lockstep_*.deb ./lockstep-dev_*.deb g++ cmake make'
  seen "tests/consumer on the packages" in_root "$suite" consumer root \
    lockstep/tests/consumer/use_library.sh /usr mpirun --allow-run-as-root --oversubscribe
  tail -n 3 "$log"
  remove_root "$suite" consumer
}
