"""Tests of what tests/fresh reads out of apt's files."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "apt_settings.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("apt_settings", SCRIPT)
apt = importlib.util.module_from_spec(specification)
sys.modules["apt_settings"] = apt
specification.loader.exec_module(apt)

PARAGRAPHS = """# Of somebody else
Types: deb
URIs: https://tools.invalid/deb
Suites: nodistro
Components: main
Signed-By: /usr/share/keyrings/tools.gpg

Enabled: no
Types: deb
URIs: http://off.invalid/debian
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://one.invalid/debian/
Suites: bookworm bookworm-updates
# among fields
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865

Types: deb
URIs: http://one.invalid/security
Suites: bookworm-security
Components: main
Signed-By: /etc/apt/keyrings/mine.gpg
"""
LINES = """deb-src http://one.invalid/debian bookworm main
# deb http://off.invalid/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/mine.gpg] http://one.invalid/debian bookworm main contrib # here
deb cdrom:[Debian]/ bookworm main
deb http://one.invalid/security bookworm-security main
"""
DUMP = """APT "";
Acquire::Languages "none";
Acquire::http::Proxy "http://proxy.invalid:3128";
Acquire::http::Proxy-Auto-Detect "/usr/bin/auto-apt-proxy";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
"""


def read(**files):
    """The sources of /etc/apt with these files in it: sources_list, or what they are called in sources.list.d."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "sources.list.d").mkdir()
        for file, text in files.items():
            place = "sources.list" if file == "sources_list" else "sources.list.d/" + file.replace("_", ".")
            (folder / place).write_text(text, encoding="utf-8")
        return apt.read_sources(folder)


class Sources(unittest.TestCase):
    def test_paragraphs_and_lines_give_the_archive_and_its_security_suite(self):
        for sources in (read(debian_sources=PARAGRAPHS), read(sources_list=LINES), read(debian_list=LINES)):
            archive, security = apt.archives(sources, "bookworm")
            self.assertEqual(apt.address(archive.uri), "http://one.invalid/debian")
            self.assertEqual(apt.address(security.uri), "http://one.invalid/security")

    def test_keys_are_those_of_the_file_that_is_named_and_else_debians(self):
        of_paragraphs, of_lines = (
            apt.archives(sources, "bookworm")
            for sources in (read(debian_sources=PARAGRAPHS), read(sources_list=LINES))
        )
        self.assertEqual(
            [apt.keyring(source) for source in (*of_paragraphs, *of_lines)],
            [apt.DEFAULT_KEYRING, "/etc/apt/keyrings/mine.gpg", "/etc/apt/keyrings/mine.gpg", apt.DEFAULT_KEYRING],
        )

    def test_what_isnt_debians_or_turned_off_or_no_mirror_is_no_archive(self):
        others = "deb http://a.invalid/x nodistro main\ndeb file:/srv/debian bookworm main\n"
        for sources in (read(), read(sources_list=others), read(debian_sources_off=PARAGRAPHS)):
            with self.assertRaisesRegex(apt.NoArchive, "Debian's bookworm"):
                apt.archives(sources, "bookworm")

    def test_a_list_of_mirrors_gives_its_first(self):
        with tempfile.NamedTemporaryFile("w", suffix=".list") as file:
            file.write("# near\nhttps://near.invalid/debian/ priority:1\nhttps://far.invalid/debian\n")
            file.flush()
            self.assertEqual(apt.address("mirror+file:" + file.name), "https://near.invalid/debian")

    def test_a_root_of_another_suite_gets_the_same_archives_and_ways_to_fetch(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "etc/apt").mkdir(parents=True)
            (root / "etc/apt/sources.list").write_text("deb http://one.invalid/debian trixie main\n")
            sources = [source for source in read(debian_sources=PARAGRAPHS) if "mine.gpg" not in source.signed_by]
            apt.write(sources, "bookworm", "trixie", root, DUMP)
            self.assertFalse((root / "etc/apt/sources.list").exists())
            self.assertEqual(
                (root / "etc/apt/sources.list.d/debian.sources").read_text(),
                "Types: deb\nURIs: http://one.invalid/debian\nSuites: trixie trixie-updates\nComponents: main\n"
                f"Signed-By: {apt.DEFAULT_KEYRING}\n",
            )
            self.assertEqual(
                (root / "etc/apt/apt.conf.d/90fetching").read_text(),
                'Acquire::http::Proxy "http://proxy.invalid:3128";\nAcquire::Check-Valid-Until "false";\n'
                'Acquire::Retries "3";\n',
            )


if __name__ == "__main__":
    unittest.main()
