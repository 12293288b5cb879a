# What CI runs: is each package there, and do they suffice to configure?
scenario_short() {
  local suite=$1
  copy_bare "$suite" short
  clone_into "$suite" short
  seen "every package of cmake/packages.txt installs" in_root "$suite" short root lockstep/launch/install-packages --all-tests
  if grep 'left out' "$log"; then fail "a package of cmake/packages.txt can't be had"; fi
  seen "preset ci configures" in_root "$suite" short root bash -c 'cd lockstep && cmake --preset ci'
  if grep -A 40 'have not been found' "$log"; then fail "a library is missing though every package is there"; fi
  remove_root "$suite" short
}
