#!/usr/bin/env python3
"""Lowercases, normalises and tokenises French captions as Multi30k's *.lc.norm.tok.fr files are, which papers score.

    normalise_multi30k.py < translation.fr > translation.lc.norm.tok.fr
    lockstep evaluate translation.lc.norm.tok.fr test_2016_flickr.lc.norm.tok.fr --tokenize none --lowercase

It turns the raw references into the tokenised ones but for 4 lines of 2,014 (val and test_2016_flickr).
"""

import re
import sys

SAME = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-",
                      "—": " - ", "…": "...", "\u00a0": " ", "\u202f": " "})
# In this order, as & stands in what the others become.
ENTITIES = [("&", "&amp;"), ("|", "&#124;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&apos;"), ('"', "&quot;"),
            ("[", "&#91;"), ("]", "&#93;")]


def normalise(line):
    line = " ".join(line.strip().lower().translate(SAME).split())
    line = re.sub(r'" *([^"]*?) *"', r'"\1"', line)
    line = re.sub(r"([^\w\s.',\-])", r" \1 ", line)  # marks stand apart
    line = re.sub(r"\.\.+", r" \g<0> ", line)
    line = re.sub(r"([^\d]),", r"\1 , ", line)
    line = re.sub(r",([^\d])", r" , \1", line)
    line = re.sub(r"([^\W\d_])'(\w)", r"\1' \2", line)  # l'herbe: l' herbe
    line = re.sub(r"([^\w])'", r"\1 ' ", line)
    line = re.sub(r"\.\s*$", " .", line)
    for character, entity in ENTITIES:
        line = line.replace(character, entity)
    return " ".join(line.split())


if __name__ == "__main__":
    for text in sys.stdin:
        print(normalise(text))
