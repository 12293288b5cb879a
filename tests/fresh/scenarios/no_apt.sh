# A system of another kind: no apt, and libraries that came in some other way.

# ends_with EXPRESSION: that quickstart ended with this, and with exit code 4.
ends_with() {
  grep -qE "$1" <<<"$(grep -v '^exit code ' "$log" | tail -n 1)" || fail "quickstart doesn't end with $1: $(tail -n 5 "$log")"
  grep -qx 'exit code 4' "$log" || fail "quickstart: $(tail -n 1 "$log"), expected 4"
}

# quickstart_that_ends SUITE SENTENCE: with its exit code as the last line.
quickstart_that_ends() {
  seen "$2" in_root "$1" no-apt user bash -c 'lockstep/launch/quickstart --updates 100 2>&1; echo "exit code $?"'
}

scenario_no_apt() {
  local suite=$1 root=$folder/$1/no-apt
  make_administered "$suite"
  remove_now "$suite" no-apt
  cp -a --reflink=auto "$folder/$suite/administered" "$root"
  clone_into "$suite" no-apt user
  # LibreOffice's help as its own packages would bring it, for later.
  in_root "$suite" no-apt root bash -euc 'apt-get update; apt-get download libreoffice-help-en-us libreoffice-help-fr
    mkdir help; for file in libreoffice-help-*.deb; do dpkg-deb -x "$file" help; done' >"$log" 2>&1 ||
    fail "LibreOffice's help can't be had: $(tail -n 3 "$log")"
  # shellcheck disable=SC2016  # for the inner shell
  in_root "$suite" no-apt root bash -euc 'dpkg -L libhdf5-dev | while read -r file; do [[ -d $file ]] || echo "$file"; done' \
    >"$root/root/hdf5"
  for program in apt apt-get apt-cache apt-config dpkg-query; do mv "$root/usr/bin/$program" "$root/root/"; done

  quickstart_that_ends "$suite" "without apt: quickstart builds, and says how to get a corpus"
  grep -q '^== 3/6' "$log" || fail "the build part doesn't pass: $(tail -n 20 "$log")"
  ends_with '^libreoffice_help_corpus: there is no apt-get .*README'
  tail -n 2 "$log" | head -n 1

  mkdir -p "$root/opt/libreoffice"
  mv "$root/root/help/usr/share/libreoffice/help" "$root/opt/libreoffice/"
  quickstart "$suite" no-apt user "without apt, with LibreOffice's help: quickstart, 100 updates" --updates 100

  # A library in a folder of its own, as modules have them.
  in_root "$suite" no-apt root bash -euc '
    mkdir -p /opt/tools/include /opt/tools/lib/pkgconfig
    mv /usr/include/utf8proc.h /opt/tools/include
    mv /usr/lib/*/libutf8proc.so /opt/tools/lib
    sed "s,^prefix=.*,prefix=/opt/tools,; s,^libdir=.*,libdir=/opt/tools/lib," /usr/lib/*/pkgconfig/libutf8proc.pc \
      >/opt/tools/lib/pkgconfig/libutf8proc.pc
    rm /usr/lib/*/pkgconfig/libutf8proc.pc
    ln -s "$(readlink -f /usr/lib/*/libutf8proc.so.?)" /opt/tools/lib/$(readlink /opt/tools/lib/libutf8proc.so)' >"$log" 2>&1 ||
    fail "utf8proc can't be moved: $(cat "$log")"
  in_root "$suite" no-apt user rm -rf lockstep/build
  quickstart_that_ends "$suite" "without utf8proc: quickstart names it"
  grep -q '^ \* utf8proc$' "$log" || fail "the table doesn't say utf8proc: $(cat "$log")"
  seen "CMAKE_PREFIX_PATH leads to it" in_root "$suite" no-apt user \
    bash -c 'cd lockstep && CMAKE_PREFIX_PATH=/opt/tools cmake --preset release'

  xargs -a "$root/root/hdf5" -I{} rm -f "$root{}"
  in_root "$suite" no-apt user rm -rf lockstep/build
  quickstart_that_ends "$suite" "without HDF5: quickstart names it"
  ends_with '^quickstart: CMake stops; .*CMAKE_PREFIX_PATH.*README'
  grep -A 5 'REQUIRED packages have not been found' "$log" || fail "there is no table: $(tail -n 20 "$log")"
  for word in HDF5 'Debian: libhdf5-dev' 'Fedora: hdf5-devel' 'Spack: hdf5' 'met in framework/storage'; do
    grep -q "$word" "$log" || fail "the table doesn't say $word: $(cat "$log")"
  done
  remove_root "$suite" no-apt
}
