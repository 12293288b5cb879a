"""Tests of launch/install-packages and launch/quickstart where apt, root, packages or libraries are missing."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TOOLS = "awk bash cat cp dirname env grep id ln ls mkdir rm sed sleep tee touch uname".split()
PACKAGES = """# all
[build]
cmake    cmake  cmake   # why
libneeded-dev  needed-devel  needed
[optional]
libextra-dev   extra-devel   -
[tests]
checker  checker  -
[slow-tests]
slowly  -  -
"""
APT_GET = """echo "apt-get $*" >>"$log"
for word; do last=$word; grep -qx "$word" "$here/absent" && exit 100; done
[ ! -e "$here/no-mirror" ] || case "$*" in install*--simulate*) ;; *) exit 100 ;; esac
case "$*" in
  install*--simulate*) [ -e "$here/lists" ] || exit 100 ;;
  update*) touch "$here/lists" ;;
esac
"""


class Place(unittest.TestCase):
    """A source folder and a PATH in which there is nothing but a few tools and what a test puts there."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="install-packages-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "bin"
        self.log = self.folder / "log"
        for name in ("bin", "launch", "cmake"):
            (self.folder / name).mkdir()
        for name in ("install-packages", "quickstart", "libreoffice_help_corpus.py"):
            shutil.copy(SOURCE / "launch" / name, self.folder / "launch")
        (self.folder / "cmake/packages.txt").write_text(PACKAGES, encoding="utf-8")
        (self.folder / "absent").write_text("")
        self.log.write_text("")
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        (self.path / "python3").symlink_to(sys.executable)

    def stub(self, name, script):
        """A program that runs these lines of sh."""
        file = self.path / name
        file.unlink(missing_ok=True)
        file.write_text(f"#!{shutil.which('sh')}\nhere={self.folder} log={self.log}\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    def with_apt(self, installed, user=0):
        """apt and dpkg, with these packages there; fetching works once there are lists."""
        self.stub("apt-get", APT_GET)
        cases = " | ".join(installed) or "none"
        self.stub("dpkg-query", f'for last; do :; done\ncase $last in {cases}) printf installed ;; *) exit 1 ;; esac')
        self.stub("id", f"echo {user}")

    def start(self, script, *arguments):
        return subprocess.run(
            [shutil.which("bash"), self.folder / "launch" / script, *arguments],
            env={"PATH": str(self.path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def done(self):
        return self.log.read_text()


class InstallPackages(Place):
    def test_what_is_missing_is_installed_with_what_the_build_can_do_without(self):
        self.with_apt(["cmake"])
        done = self.start("install-packages")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("\napt-get update -q\n", self.done())
        self.assertTrue(self.done().endswith("install -q -y --no-install-recommends libneeded-dev libextra-dev\n"))

    def test_tests_have_groups_of_their_own(self):
        self.with_apt(["cmake", "libneeded-dev", "libextra-dev"])
        self.start("install-packages", "--tests")
        self.assertTrue(self.done().endswith(" checker\n"), self.done())
        self.start("install-packages", "--all-tests")
        self.assertTrue(self.done().endswith(" checker slowly\n"), self.done())

    def test_an_optional_package_that_the_archive_lacks_is_left_out_with_a_line(self):
        self.with_apt(["cmake"])
        (self.folder / "absent").write_text("libextra-dev\n")
        done = self.start("install-packages")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "without libextra-dev; .*left out\n")
        self.assertTrue(self.done().endswith("--no-install-recommends libneeded-dev\n"), self.done())

    def test_where_all_is_there_nobody_is_asked(self):
        self.with_apt(["cmake", "libneeded-dev", "libextra-dev"], user=1000)
        self.stub("sudo", 'echo sudo >>"$log"')
        done = self.start("install-packages")
        self.assertEqual((done.returncode, done.stdout, self.done()), (0, "", ""))

    def test_sudo_is_used_where_a_package_is_missing(self):
        self.with_apt(["cmake", "libextra-dev"], user=1000)
        self.stub("sudo", 'echo "sudo $*" >>"$log"; exec "$@"')
        self.assertEqual(self.start("install-packages").returncode, 0)
        self.assertIn("sudo apt-get update -q\n", self.done())
        self.assertIn("libneeded-dev", self.done())

    def test_without_root_and_sudo_a_missing_package_is_named(self):
        self.with_apt(["cmake", "libextra-dev"], user=1000)
        done = self.start("install-packages")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"\Ainstall-packages: .* libneeded-dev *\n\Z")

    def test_without_root_and_sudo_an_optional_one_is_left_out(self):
        self.with_apt(["cmake", "libneeded-dev"], user=1000)
        done = self.start("install-packages")
        self.assertEqual((done.returncode, self.done()), (0, ""), done.stderr)
        self.assertIn("libextra-dev", done.stdout)

    def test_a_mirror_that_fails_is_told_in_a_line(self):
        self.with_apt(["cmake"])
        (self.folder / "no-mirror").write_text("")
        done = self.start("install-packages")
        self.assertEqual(done.returncode, 4)
        self.assertTrue(done.stderr.endswith("install-packages: apt-get update failed; its lines above say why\n"))

    def test_without_apt_a_line_says_where_the_names_are(self):
        done = self.start("install-packages")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"\Ainstall-packages: .*cmake/packages.txt.*\n\Z")


class Quickstart(Place):
    def with_cmake(self, configures="exit 0"):
        self.stub("cmake", f'echo "cmake $*" >>"$log"\n[ "$1" = --preset ] || exit 0\n{configures}')
        self.stub("mpirun", 'echo "mpirun $*" >>"$log"')

    def ends(self, *arguments):
        done = self.start("quickstart", *arguments)
        return done, (done.stderr.splitlines() or [""])[-1]

    def test_without_apt_it_builds_with_what_cmake_finds_and_then_wants_a_corpus(self):
        self.with_cmake()
        done, last = self.ends()
        self.assertEqual(done.returncode, 4)
        self.assertIn("cmake --build --preset release --target lockstep\n", self.done())
        self.assertRegex(last, "^libreoffice_help_corpus: there is no apt-get here .*README, Your own text$")

    def test_what_is_missing_is_shown_and_the_last_line_says_what_to_do(self):
        self.with_cmake("echo '-- REQUIRED packages have not been found: HDF5'; echo 'CMake Error: stop' >&2; exit 1")
        done, last = self.ends()
        self.assertEqual(done.returncode, 4)
        self.assertIn("HDF5", done.stderr)
        self.assertRegex(last, "^quickstart: .*CMAKE_PREFIX_PATH.*README, Systems without apt$")
        self.assertNotIn("--build", self.done())

    def test_an_optional_library_that_is_missing_is_told_and_no_more(self):
        self.with_cmake("echo 'The following OPTIONAL packages have not been found:'; echo ' * oneDNN'; "
                        "echo '-- Configuring done'")
        done, _ = self.ends()
        self.assertIn("OPTIONAL packages have not been found:\n * oneDNN\n", done.stdout)
        self.assertNotIn("Configuring done", done.stdout)
        self.assertIn("--build", self.done())

    def test_packages_that_nobody_may_install_dont_end_it_where_cmake_finds_the_libraries(self):
        self.with_apt(["cmake"], user=1000)
        self.with_cmake()
        done, _ = self.ends()
        self.assertIn("apt-get install --no-install-recommends libneeded-dev libextra-dev\n", done.stderr)
        self.assertIn("--build", self.done())

    def test_without_cmake_and_without_mpirun_a_line_says_what_to_do(self):
        done, last = self.ends()
        self.assertEqual(done.returncode, 4)
        self.assertRegex(last, "^quickstart: there is no cmake; .*README, Systems without apt$")
        self.with_cmake()
        (self.path / "mpirun").unlink()
        done, last = self.ends()
        self.assertEqual(done.returncode, 4)
        self.assertRegex(last, "^quickstart: there is no mpirun; .*module load")

    def test_a_language_and_a_number_of_updates_are_taken_and_nothing_else(self):
        for arguments in (["FR"], ["fr", "de"], ["--updates"], ["--updates", "0"], ["--updates", "x"], ["--update", "9"]):
            done, last = self.ends(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(last.startswith("usage: launch/quickstart"), arguments)
        self.assertEqual(self.done(), "")


if __name__ == "__main__":
    unittest.main()
