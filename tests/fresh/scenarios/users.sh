# From the clone to BLEU, by users of three kinds.

# quickstart SUITE NAME USER SENTENCE [ARGUMENTS…]: with its score.
quickstart() {
  local suite=$1 name=$2 user=$3 sentence=$4
  shift 4
  seen "$sentence" in_root "$suite" "$name" "$user" lockstep/launch/quickstart "$@"
  grep '^BLEU = ' "$log" || fail "$sentence: without a score: $(tail -n 20 "$log")"
}

# add_user SUITE NAME: a user of that name who may do nothing special.
add_user() { in_root "$1" "$2" root useradd --create-home --shell /bin/bash user; }

# all_of_user SUITE NAME: that nothing in the user's home is somebody else's.
all_of_user() {
  local strange
  strange=$(in_root "$1" "$2" root find /home/user -xdev ! -user user -print -quit)
  [[ -z $strange || $strange == /home/user/shared ]] || fail "$strange isn't the user's"
}

scenario_quickstart() {
  local suite=$1
  copy_bare "$suite" building
  clone_into "$suite" building
  quickstart "$suite" building root "root: quickstart from the clone to BLEU"
}

scenario_tests() {
  local suite=$1
  have_building "$suite"
  seen "root: tests/run" in_root "$suite" building root lockstep/tests/run
  tail -n 1 "$log"
}

scenario_sudo() {
  local suite=$1
  copy_bare "$suite" sudo
  in_root "$suite" sudo root bash -euc 'apt-get update; apt-get install -y --no-install-recommends sudo' >"$log" 2>&1 ||
    fail "sudo can't be installed: $(tail -n 3 "$log")"
  add_user "$suite" sudo
  echo 'user ALL=(ALL:ALL) NOPASSWD: ALL' >"$folder/$suite/sudo/etc/sudoers.d/user"
  clone_into "$suite" sudo user
  quickstart "$suite" sudo user "a user with sudo: quickstart, 100 updates" --updates 100
  all_of_user "$suite" sudo
  remove_root "$suite" sudo
}

# A root in which an administrator has installed what Lockstep needs, and a user who can't.
make_administered() {
  local suite=$1
  if [[ -e $folder/$suite/administered/made ]]; then return; fi
  copy_bare "$suite" administered
  clone_into "$suite" administered
  seen "an administrator: install-packages" in_root "$suite" administered root lockstep/launch/install-packages
  add_user "$suite" administered
  # Images of systems come without package lists, and only root may fetch them for all.
  in_root "$suite" administered root bash -c 'rm -rf lockstep lockstep.git /var/lib/apt/lists/* /var/cache/apt/*.bin'
  touch "$folder/$suite/administered/made"
}

scenario_no_sudo() {
  local suite=$1
  make_administered "$suite"
  clone_into "$suite" administered user
  quickstart "$suite" administered user "a user without sudo: quickstart, 100 updates" --updates 100
  all_of_user "$suite" administered
}
