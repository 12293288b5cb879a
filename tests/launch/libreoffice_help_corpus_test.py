"""Tests of launch/libreoffice_help_corpus.py on made-up pages."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "launch" / "libreoffice_help_corpus.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("libreoffice_help_corpus", SCRIPT)
corpus = importlib.util.module_from_spec(specification)
specification.loader.exec_module(corpus)


def paragraphs(page):
    reader = corpus.Paragraphs()
    reader.feed(page)
    reader.close()
    reader.end_paragraph()
    return {identity: corpus.normalised(text) for identity, text in reader.found.items()}


class ParagraphsTest(unittest.TestCase):
    def test_paragraphs_and_headings_with_an_id_are_read_with_entities_and_inner_elements(self):
        page = '<h1 id="hd_id1">A &amp;\n  <em>b</em></h1><p id="par_id2">c<br>d&nbsp;e</p><p>no id</p>'
        self.assertEqual(paragraphs(page), {"hd_id1": "A & b", "par_id2": "c d e"})

    def test_of_a_switch_the_default_is_taken_and_else_the_first(self):
        page = (
            '<p id="par_id1">Press <span class="switchinline"><span id="MAC1" class="MAC">Command\n</span>'
            '<span id="default1"><span class="x">Ctrl</span></span></span> now</p>'
            '<p id="par_id2"><span class="switchinline"><span id="a" class="DRAW">D</span> '
            '<span id="b" class="CALC">C</span></span>.</p>'
        )
        self.assertEqual(paragraphs(page), {"par_id1": "Press Ctrl now", "par_id2": "D."})

    def test_the_machinery_of_a_page_and_a_second_paragraph_of_the_same_id_are_left_out(self):
        page = '<p id="bm_module">x</p><p id="bm_id3">y</p><p id="par_id4">one</p><p id="par_id4">two</p>'
        self.assertEqual(paragraphs(page), {"par_id4": "one"})

    def test_an_open_paragraph_ends_where_the_next_begins(self):
        self.assertEqual(paragraphs('<p id="par_id1">a <span>b<p id="par_id2">c'), {"par_id1": "a b", "par_id2": "c"})


class CorpusTest(unittest.TestCase):
    def test_pages_are_named_from_the_language_folder_whatever_the_case_of_its_name(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for language, text in (("en-US", "summer"), ("pt-BR", "verão")):
                (folder / language / "text/shared").mkdir(parents=True)
                page = folder / language / "text/shared/a.html"
                page.write_text(f'<p id="par_id1">{text}</p>', encoding="utf-8")
            found = corpus.find(("en-us", "pt-br"), folder)
            self.assertEqual(
                [corpus.read_help(texts) for texts in found],
                [{("shared/a.html", "par_id1"): "summer"}, {("shared/a.html", "par_id1"): "verão"}],
            )
            with self.assertRaisesRegex(corpus.NotHere, "no help in fr"):
                corpus.find(("en-us", "fr"), folder)

    def test_empty_identical_unequal_and_repeated_pairs_are_left_out_and_counted(self):
        english = {1: "one thing", 2: "", 3: "same", 4: "short", 5: "one thing", 6: "alone", 7: "12"}
        other = {1: "une chose", 2: "vide", 3: "same", 4: "x" * 31, 5: "une chose", 7: "34"}
        pairs, left_out = corpus.pair_up(english, other)
        self.assertEqual(pairs, [("one thing", "une chose")])
        self.assertEqual(
            left_out, {"empty or without a letter": 2, "identical": 1, "wildly unequal": 1, "again": 1}
        )

    def test_no_held_out_line_of_either_side_is_in_train(self):
        # Each source comes with two targets, each target with four sources.
        pairs = [(f"source {i // 2}", f"target {i % 500}") for i in range(1000, 3000)]
        parts = corpus.split(pairs)
        for side in (0, 1):
            lines = {part: {pair[side] for pair in parts[part]} for part in parts}
            self.assertFalse(lines["train"] & (lines["val"] | lines["test"]))
            self.assertFalse(lines["val"] & lines["test"])
        self.assertTrue(parts["train"] and parts["val"] and parts["test"])
        self.assertEqual(parts, corpus.split(pairs))

    def test_invisible_characters_go_and_white_space_is_folded(self):
        self.assertEqual(corpus.normalised(" a\u200b\u00a0 b\tc\u202fd\x07\n"), "a b c d")


if __name__ == "__main__":
    unittest.main()
