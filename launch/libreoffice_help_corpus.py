#!/usr/bin/env python3
"""Makes a parallel corpus out of Debian's packages of LibreOffice's help, of which nothing gets installed.

    launch/libreoffice_help_corpus.py fr data/libreoffice-help-en-fr

writes train, val and test, .en and .fr each, one paragraph a line. Paragraphs that bear the same file name and the same
id in both languages are a pair. The text is under the Mozilla Public License 2.0. Needs Python 3 and apt, no more.
"""

import argparse
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


def read_help(folder):
    """{(page, id): text} of the one language that lies under an unpacked package."""
    roots = list((folder / "usr/share/libreoffice/help").glob("*/text"))
    if len(roots) != 1:
        sys.exit(f"libreoffice_help_corpus: {folder}: holds {len(roots)} languages, expected 1")
    texts = {}
    for page in sorted(roots[0].rglob("*.html")):
        reader = Paragraphs()
        reader.feed(page.read_text(encoding="utf-8"))
        reader.close()
        reader.end_paragraph()
        name = page.relative_to(roots[0]).as_posix()
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


def unpack(package, folder):
    """Downloads a package by apt and unpacks it, without installing it."""
    folder.mkdir()
    # As root apt would fetch as a user of its own, who may not write here.
    sandbox = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    done = subprocess.run(["apt-get", "-q", *sandbox, "download", package], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        reason = " ".join((done.stderr or done.stdout).split())
        sys.exit(f"libreoffice_help_corpus: apt-get download {package} failed ({reason}); try apt-get update")
    archive = next(folder.glob("*.deb"))
    unpacked = folder / "files"
    subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
    return unpacked


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
    arguments = parser.parse_args()
    language = arguments.language.lower()
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,})?", language) or language in ("en", ENGLISH):
        parser.error(f"{arguments.language!r} is no language of Debian's libreoffice-help packages other than English")
    if arguments.folder.exists():
        parser.error(f"{arguments.folder} is there already; remove it to make it anew")
    with tempfile.TemporaryDirectory(prefix="libreoffice-help-") as temporary:
        folder = pathlib.Path(temporary)
        english = read_help(unpack(f"libreoffice-help-{ENGLISH}", folder / ENGLISH))
        other = read_help(unpack(f"libreoffice-help-{language}", folder / language))
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
