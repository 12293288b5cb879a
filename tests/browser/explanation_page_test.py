"""The page of lockstep explain in a real browser: explanation_page_test.py LOCKSTEP WRITE_SAMPLES (see browser_test.py)."""

import sys
import unittest

from selenium.webdriver.common.keys import Keys

from browser_test import BrowserTest


class ExplanationPage(BrowserTest):
    PAGES = ("explanation", "fixed")

    def row(self, j):
        return self.texts(f"#table tbody tr:nth-child({j}) > *")

    def test_shows_the_first_step_with_its_numbers(self):
        self.assertEqual(self.text("#position"), "step 1 of 2: chien")
        self.assertIn("|s₀| = 5.000, 2 numbers: (", self.text("#previous"))
        self.assertEqual(self.row(1)[:4], ["1", "dog", "1.099", "0.7500"])
        self.assertEqual(self.row(2)[:4], ["2", "</s>", "0.000", "0.2500"])
        # α_1j h_j of (4, −8) and (0, 8), and their sum.
        self.assertEqual(self.row(1)[6].split(), ["3.000", "−6.000", "…"])
        self.assertEqual(self.row(2)[6].split(), ["0.000", "2.000", "…"])
        self.assertEqual(self.texts("#table tfoot td:last-child")[0].split(), ["3.000", "−4.000", "…"])
        self.assertEqual(self.texts("#likely tbody th"), ["chien", "<b>chat</b>"])
        self.assertEqual(self.text("#taken"), "Taken: chien, p = 0.9000.")
        self.assertFalse(self.one("#back").is_enabled())

    def test_keys_buttons_and_words_go_through_the_steps(self):
        self.press(Keys.ARROW_RIGHT)
        self.assertEqual(self.text("#position"), "step 2 of 2: </s>")
        self.assertEqual(self.row(2)[3], "1.0000")
        self.assertFalse(self.one("#on").is_enabled())
        self.assertTrue(self.browser.current_url.endswith("#2"))
        self.press(Keys.HOME)
        self.assertEqual(self.text("#position"), "step 1 of 2: chien")
        self.one("#on").click()
        self.assertEqual(self.text("#words [aria-current]"), "</s>")
        self.all("#words button")[0].click()
        self.assertEqual(self.text("#position"), "step 1 of 2: chien")

    def test_opens_at_the_step_of_its_address(self):
        self.open("explanation.html#2")
        self.assertEqual(self.text("#position"), "step 2 of 2: </s>")

    def test_a_model_without_attention_has_one_context(self):
        self.open("fixed.html")
        self.assertFalse(self.one("#attention").is_displayed())
        self.assertTrue(self.one("#fixed").is_displayed())
        self.assertIn("|c| = 5.000", self.text("#context"))

    def test_dark_and_light_differ(self):
        papers = set()
        for scheme in ("light", "dark"):
            self.scheme(scheme)
            papers.add(self.one("body").value_of_css_property("background-color"))
        self.assertEqual(len(papers), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
