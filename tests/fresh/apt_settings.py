#!/usr/bin/env python3
"""Where this Debian system's apt gets packages from, and how, for a root of another suite.

    apt_settings.py mirror             the archive's address
    apt_settings.py keyring            the keys that sign it
    apt_settings.py write SUITE ROOT   the same archive's SUITE, its updates and its security suite, and apt's settings of
                                       how to fetch, in ROOT/etc/apt

Read from /etc/apt: sources in both formats, with apt-config for the settings. Prints one line and returns 77 where apt has
no archive of Debian's.
"""

import argparse
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

DEFAULT_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# How to fetch; not what (languages, kinds of indices).
SETTINGS = re.compile(r"Acquire::(Check-|https?::|Retries |ForceIPv|Max-ValidTime|Allow\w*Insecure|By-Hash)", re.IGNORECASE)
NO_ARCHIVE = 77


class NoArchive(Exception):
    """apt's sources name no archive that a root could be made from."""


@dataclasses.dataclass
class Source:
    """One archive's address, and what of it is used."""

    uri: str
    suites: list
    components: list
    signed_by: str  # a file, a key, or nothing


def read_paragraphs(text):
    """Sources in deb822 format: fields of a paragraph, which an empty line ends."""
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields, name = {}, None
        for line in paragraph.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and name:
                fields[name] += "\n" + line.strip()
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        for uri in fields.get("uris", "").split():
            yield Source(
                uri, fields.get("suites", "").split(), fields.get("components", "").split(), fields.get("signed-by", "")
            )


def read_lines(text):
    """Sources of one line each: deb [options] address suite components."""
    for line in text.splitlines():
        match = re.fullmatch(r"deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+(.*)", line.split("#")[0].strip())
        if match:
            options = dict(option.split("=", 1) for option in (match[1] or "").split() if "=" in option)
            yield Source(match[2], [match[3]], match[4].split(), options.get("signed-by", ""))


def read_sources(folder):
    """All sources under etc/apt, in the order in which apt reads them."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    found = []
    for file in files:
        if file.suffix in (".list", ".sources") and file.is_file():
            read = read_paragraphs if file.suffix == ".sources" else read_lines
            found += read(file.read_text(encoding="utf-8"))
    return found


def address(uri):
    """Where to fetch; of a list of mirrors the first."""
    match = re.match(r"mirror\+file:(/.*)", uri)
    if match:
        lines = pathlib.Path(match[1]).read_text(encoding="utf-8").splitlines()
        uri = next((line.split()[0] for line in lines if line.strip() and not line.startswith("#")), "")
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else ""


def find(sources, suites):
    """The first source that serves one of these suites from afar."""
    for source in sources:
        if set(source.suites) & set(suites) and "main" in source.components and address(source.uri):
            return source
    return None


def archives(sources, codename):
    """The archive and, or None, its security archive."""
    names = [codename, "stable", "oldstable", "testing"]
    archive = find(sources, names)
    if archive is None:
        raise NoArchive(f"apt has no archive of Debian's {codename} that is fetched over http or https")
    return archive, find(sources, [f"{name}-security" for name in names])


def keyring(source):
    """The file of keys that sign it."""
    return source.signed_by if source.signed_by.startswith("/") else DEFAULT_KEYRING


def codename():
    """This system's suite."""
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    match = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)
    return match[1] if match else "stable"


def paragraph(source, suites, signed_by):
    return (
        f"Types: deb\nURIs: {address(source.uri)}\nSuites: {' '.join(suites)}\nComponents: main\nSigned-By: {signed_by}\n"
    )


def settings(dump):
    """The lines of apt-config dump that say how to fetch. What names a file of this system's is left out."""
    return [line for line in dump.splitlines() if SETTINGS.match(line) and not re.search(r' "(/|";)', line)]


def write(sources, name, suite, root, dump):
    archive, security = archives(sources, name)
    apt = root / "etc/apt"

    def keys(source):
        """Debian's own keys lie in every root; others are taken along."""
        file = keyring(source)
        if file.startswith("/usr/share/keyrings/debian-archive-"):
            return DEFAULT_KEYRING
        (apt / "keyrings").mkdir(parents=True, exist_ok=True)
        shutil.copy(file, apt / "keyrings")
        return f"/etc/apt/keyrings/{pathlib.Path(file).name}"

    text = paragraph(archive, [suite, f"{suite}-updates"], keys(archive))
    if security:
        text += "\n" + paragraph(security, [f"{suite}-security"], keys(security))
    (apt / "sources.list").unlink(missing_ok=True)
    for folder in (apt / "sources.list.d", apt / "apt.conf.d"):
        folder.mkdir(parents=True, exist_ok=True)
    (apt / "sources.list.d/debian.sources").write_text(text, encoding="utf-8")
    (apt / "apt.conf.d/90fetching").write_text("".join(line + "\n" for line in settings(dump)), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("mirror")
    commands.add_parser("keyring")
    writing = commands.add_parser("write")
    writing.add_argument("suite")
    writing.add_argument("root", type=pathlib.Path)
    arguments = parser.parse_args()
    sources = read_sources(pathlib.Path("/etc/apt"))
    try:
        archive, _ = archives(sources, codename())
    except NoArchive as error:
        print(error)
        return NO_ARCHIVE
    if arguments.command == "mirror":
        print(address(archive.uri))
    elif arguments.command == "keyring":
        print(keyring(archive))
    else:
        dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
        write(sources, codename(), arguments.suite, arguments.root, dump)
    return 0


if __name__ == "__main__":
    sys.exit(main())
