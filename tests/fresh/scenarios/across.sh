# Files of each suite, read in the other.
scenario_across() {
  local one=${suites[0]} other=${suites[1]:-} here there
  [[ -n $other ]] || skipped "across: two suites must be named"
  for suite in "$one" "$other"; do make_files "$suite"; done
  cmp "$folder/$one/building/root/files/corpus.h5" "$folder/$other/building/root/files/corpus.h5" ||
    fail "the same text is another corpus in $other than in $one"
  echo "corpus.h5: the same bytes in $one and $other"
  for here in "$one" "$other"; do
    there=$other
    if [[ $here == "$other" ]]; then there=$one; fi
    suite=$here
    rm -rf "$folder/$here/building/root/files-of-$there"
    cp -a "$folder/$there/building/root/files" "$folder/$here/building/root/files-of-$there"
    seen "files of $there are read" in_root "$here" building root \
      bash -c "lockstep/tests/fresh/read_files.sh ~/lockstep/build/release/lockstep ~/files-of-$there"
    cat "$log"
  done
}
