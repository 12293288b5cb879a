#!/usr/bin/env python3
"""Makes a parallel corpus out of Debian's packages of LibreOffice's help, of which nothing gets installed.

    launch/libreoffice_help_corpus.py fr data/libreoffice-help-en-fr

writes train, val and test, .en and .fr each, one paragraph a line. Paragraphs that bear the same file name and the same
id in both languages are a pair. The text is under the Mozilla Public License 2.0. Needs Python 3 and apt, no more, and
no root. Without apt it takes LibreOffice's help where that is installed, or from a folder that --from names.
"""

import argparse
import glob
import hashlib
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

ENGLISH = "en-us"
TEXT_ELEMENTS = {"p", "h1", "h2", "h3", "h4", "h5", "h6"}
VOID_ELEMENTS = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
HELD_OUT = 1000  # pairs of val, and of test
LONGEST_RATIO = 3.0  # characters of one side for each of the other
# Where systems and LibreOffice's own packages install it; in it stand folders en-US, fr, pt-BR …
INSTALLED = (
    "/usr/share/libreoffice/help",
    "/usr/lib/libreoffice/help",
    "/usr/lib64/libreoffice/help",
    "/opt/libreoffice*/help",
)
SHORT = 15  # characters that the ratio lets pass: headings differ more


class Paragraphs(html.parser.HTMLParser):
    """The text of each paragraph or heading that has an id, by id; the first where an id comes again.

    Where the help says something per system or module (a "switchinline"), the default is taken, else the first.
    """

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = {}
        self.identity = None  # of the paragraph that is being read
        self.element = None
        self.spans = []  # open spans of it: None, or the switch whose alternative the span is
        self.pieces = []  # lists of text, the innermost last; a switch pushes one list an alternative

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag in TEXT_ELEMENTS:
            self.end_paragraph()
            identity = names.get("id") or ""
            # Ids of the page's own machinery have no number in them.
            if re.search(r"id_?\w*\d", identity) and not identity.startswith("bm_"):
                self.identity, self.element, self.spans, self.pieces = identity, tag, [], [[]]
        elif self.identity and tag == "span":
            classes = (names.get("class") or "").split()
            if "switchinline" in classes:
                self.spans.append(("switch", {}))
            elif self.spans and self.spans[-1][0] == "switch":
                self.spans.append(("alternative", names.get("id") or ""))
                self.pieces.append([])
            else:
                self.spans.append(("span", None))
        elif self.identity and tag == "br":
            self.pieces[-1].append(" ")

    def handle_endtag(self, tag):
        if tag == self.element:
            self.end_paragraph()
        elif self.identity and tag == "span" and self.spans:
            self.end_span()

    def handle_data(self, data):
        # Between the alternatives of a switch stands white space alone.
        if self.identity and not (self.spans and self.spans[-1][0] == "switch"):
            self.pieces[-1].append(data)

    def end_span(self):
        kind, value = self.spans.pop()
        if kind == "alternative":
            text = "".join(self.pieces.pop())
            self.spans[-1][1].setdefault("default" if value.startswith("default") else "first", text)
        elif kind == "switch":
            self.pieces[-1].append(value.get("default", value.get("first", "")))

    def end_paragraph(self):
        if self.identity is None:
            return
        while self.spans:
            self.end_span()
        self.found.setdefault(self.identity, "".join(self.pieces[-1]))
        self.identity = self.element = None


def normalised(text):
    """One line: compatibility spaces and runs of white space folded, invisible and control characters dropped."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
    return " ".join(text.split())


class NotHere(Exception):
    """The help can't be had in this way; with the exit code that says why."""

    def __init__(self, message, code=4):
        super().__init__(message)
        self.code = code


def text_folder(folder, language):
    """The pages of a language, under a folder of LibreOffice's help; None where there are none."""
    for candidate in sorted(folder.glob("*/text")) if folder.is_dir() else ():
        if candidate.parent.name.lower() == language and any(candidate.rglob("*.html")):
            return candidate
    return None


def read_help(root):
    """{(page, id): text} of the pages under a language's folder."""
    texts = {}
    for page in sorted(root.rglob("*.html")):
        reader = Paragraphs()
        reader.feed(page.read_text(encoding="utf-8"))
        reader.close()
        reader.end_paragraph()
        name = page.relative_to(root).as_posix()
        for identity, text in reader.found.items():
            texts[name, identity] = normalised(text)
    return texts


def wildly_unequal(first, second):
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    return longer > SHORT + LONGEST_RATIO * shorter


def is_text(line):
    """Whether there is anything to translate: a letter at least."""
    return any(c.isalpha() for c in line)


def pair_up(english, other):
    """Pairs in the order of pages and ids, each once, and how many were left out and why."""
    left_out = {"empty or without a letter": 0, "identical": 0, "wildly unequal": 0, "again": 0}
    pairs = {}
    for key in sorted(english.keys() & other.keys()):
        pair = english[key], other[key]
        if not is_text(pair[0]) or not is_text(pair[1]):
            left_out["empty or without a letter"] += 1
        elif pair[0] == pair[1]:
            left_out["identical"] += 1
        elif wildly_unequal(*pair):
            left_out["wildly unequal"] += 1
        elif pair in pairs:
            left_out["again"] += 1
        else:
            pairs[pair] = None
    return list(pairs), left_out


def split(pairs):
    """val and test by the smallest hashes of English lines; what shares a line of either side with them isn't train."""

    def digest(line):
        return hashlib.sha256(line.encode()).digest()

    lines = sorted({pair[0] for pair in pairs}, key=digest)
    held_out = min(HELD_OUT, len(lines) // 10)
    test, val = set(lines[:held_out]), set(lines[held_out : 2 * held_out])
    parts = {"train": [], "val": [], "test": []}
    for pair in pairs:
        parts["test" if pair[0] in test else "val" if pair[0] in val else "train"].append(pair)
    parts["val"] = without_targets_of(parts["test"], parts["val"])
    parts["train"] = without_targets_of(parts["test"] + parts["val"], parts["train"])
    return parts


def without_targets_of(held_out, pairs):
    targets = {pair[1] for pair in held_out}
    return [pair for pair in pairs if pair[1] not in targets]


class Apt:
    """Packages that apt knows, which any user may fetch; what it writes goes to one folder."""

    def __init__(self, folder):
        self.folder = folder
        # As root apt would fetch as a user of its own, who may not write here.
        self.options = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
        self.own_lists = False

    def run(self, *arguments):
        command = ["apt-get", "-q", *self.options, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def take_own_lists(self):
        """Fresh lists of packages in the folder, since the system's are root's: they may be missing, or old."""
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True)
        self.options += ["-o", f"Dir::State::Lists={self.folder}/lists", "-o", f"Dir::Cache={self.folder}/cache"]
        self.own_lists = True
        self.run("update")

    def download(self, package):
        """Its .deb."""
        done = self.run("download", package)
        if done.returncode != 0 and not self.own_lists:
            self.take_own_lists()
            done = self.run("download", package)
        if done.returncode != 0:
            reason = " ".join((done.stderr or done.stdout).split())
            unknown = "Unable to locate" in reason or "no installation candidate" in reason
            raise NotHere(f"apt-get download {package} failed ({reason})", 2 if unknown else 4)
        return next(self.folder.glob(f"{package}_*.deb"))


def fetch(languages, folder):
    """Folders of the languages' pages, out of packages that get unpacked in a folder, not installed."""
    apt = Apt(folder)
    for language in languages:
        archive = apt.download(f"libreoffice-help-{language}")
        subprocess.run(["dpkg-deb", "-x", archive, folder / "files"], check=True)
    return find(languages, folder / "files/usr/share/libreoffice/help")


def find(languages, help_folder):
    """Folders of the languages' pages, under LibreOffice's help that lies there already."""
    found = [text_folder(help_folder, language) for language in languages]
    for language, texts in zip(languages, found):
        if texts is None:
            raise NotHere(f"{help_folder}: has no help in {language}")
    return found


def find_or_fetch(languages, folder):
    """Folders of the languages' pages, by apt, or where LibreOffice's help is installed."""
    installed = [pathlib.Path(path) for pattern in INSTALLED for path in sorted(glob.glob(pattern))]
    error = NotHere("there is no apt-get here to fetch LibreOffice's help")
    if shutil.which("apt-get"):
        try:
            return fetch(languages, folder)
        except NotHere as failed:
            error = failed
    for candidate in installed:
        if all(text_folder(candidate, language) for language in languages):
            return find(languages, candidate)
    raise NotHere(
        f"{error}, and none is installed in {' and '.join(languages)}; install it or name its folder by --from, or train on a "
        "text of yours: README, Your own text",
        error.code,
    )


def write(parts, languages, folder):
    """All files appear together: they are written beside the folder, which is renamed last."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    try:
        for part, pairs in parts.items():
            for side, language in enumerate(languages):
                lines = "".join(pair[side] + "\n" for pair in pairs)
                (temporary / f"{part}.{language}").write_text(lines, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", help="the other language, as in Debian's libreoffice-help-LANGUAGE: fr, de, pt-br")
    parser.add_argument("folder", type=pathlib.Path, help="where the files go; must not exist yet")
    parser.add_argument(
        "--from",
        type=pathlib.Path,
        dest="help_folder",
        metavar="FOLDER",
        help="LibreOffice's help, with en-US/text and so on in it",
    )
    arguments = parser.parse_args()
    language = arguments.language.lower()
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,})?", language) or language in ("en", ENGLISH):
        parser.error(f"{arguments.language!r} is no language of Debian's libreoffice-help packages other than English")
    if arguments.folder.exists():
        parser.error(f"{arguments.folder} is there already; remove it to make it anew")
    languages = (ENGLISH, language)
    try:
        with tempfile.TemporaryDirectory(prefix="libreoffice-help-") as folder:
            found = (
                find(languages, arguments.help_folder)
                if arguments.help_folder
                else find_or_fetch(languages, pathlib.Path(folder))
            )
            english, other = (read_help(texts) for texts in found)
    except NotHere as error:
        print(f"libreoffice_help_corpus: {error}", file=sys.stderr)
        sys.exit(error.code)
    pairs, left_out = pair_up(english, other)
    if not pairs:
        sys.exit(f"libreoffice_help_corpus: no paragraph of libreoffice-help-{language} has an English partner")
    parts = split(pairs)
    write(parts, ("en", language), arguments.folder)
    reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
    sizes = ", ".join(f"{len(pairs)} {part}" for part, pairs in parts.items())
    print(f"{arguments.folder}: {len(pairs)} different pairs ({sizes}); left out: {reasons}")


if __name__ == "__main__":
    main()
