"""The page of alignments in a real browser, opened from disk: alignments_page_test.py LOCKSTEP WRITE_SAMPLES

Needs Debian's chromium, chromium-driver and python3-selenium (cmake/packages.txt, [tests]).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

LOCKSTEP, WRITE_SAMPLES = (os.path.abspath(path) for path in sys.argv[1:3])


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lockstep-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        subprocess.run([WRITE_SAMPLES, cls.path], check=True)
        for name in ("few", "many"):
            subprocess.run([LOCKSTEP, "inspect", cls.path / f"{name}.h5", "--page", cls.path / f"{name}.html"],
                           check=True, capture_output=True)
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,900",
                         f"--user-data-dir={cls.path / 'profile'}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": str(cls.path)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        cls.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.scheme("light")
        self.browser.get("about:blank")
        self.browser.get_log("performance")  # what the browser's own first page asked for
        self.open("few.html")
        self.browser.execute_script("localStorage.clear(); delete document.documentElement.dataset.theme")

    def tearDown(self):
        """Nothing was complained of, and nothing but the page itself asked for."""
        self.assertEqual(self.browser.get_log("browser"), [])
        events = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        asked = {event["params"]["request"]["url"].split("#")[0] for event in events
                 if event["method"] == "Network.requestWillBeSent"}
        pages = {f"file://{self.path}/{name}.html" for name in ("few", "many")}
        self.assertEqual({url for url in asked - pages if not url.startswith(("blob:", "data:,"))}, set())

    def open(self, name):
        """A page from disk; from another page, since an address that differs after # alone loads nothing."""
        self.browser.get("data:,")
        self.browser.get(f"file://{self.path}/{name}")

    def scheme(self, name):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                     {"features": [{"name": "prefers-color-scheme", "value": name}]})

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).get_attribute("textContent")

    def texts(self, selector):
        return [element.get_attribute("textContent") for element in self.all(selector)]

    def press(self, *keys):
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def listed(self):
        return [link.get_attribute("hash") for link in self.all("#rows a")]

    def numbers(self):
        """{source word: weight} as they are shown for the chosen target word."""
        return {row.find_element(By.TAG_NAME, "bdi").text: float(row.find_element(By.TAG_NAME, "span").text)
                for row in self.all("#weights li")}

    def test_shows_the_first_sentence_with_its_numbers(self):
        self.assertEqual(self.text("#heading"), "Sentence 1")
        self.assertIn("translation · beam 12 · runs/a/best.h5, runs/b/best.h5", self.text("#about"))
        self.assertEqual(self.texts("#source li"), ["Two", "dogs", "play", "</s>"])
        self.assertEqual(self.texts("#target li"), ["Deux", "chiens", "</s>"])
        self.assertEqual(self.numbers(), {"Two": .875, "dogs": .125})

    def test_keys_step_through_target_words_and_sentences(self):
        self.press(Keys.ARROW_RIGHT)
        self.assertEqual(self.numbers(), {"dogs": .75, "play": .1875, "Two": .0625})
        self.assertEqual(self.text("#live"), "chiens, target word 2 of 3: dogs 0.75, play 0.19, Two 0.06")
        self.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
        self.assertEqual(self.numbers(), {"play": .5, "</s>": .5})
        self.press(Keys.HOME)
        self.assertEqual(self.text("#word bdi"), "Deux")
        self.press(Keys.END, Keys.ARROW_UP)
        self.assertEqual(self.text("#word bdi"), "chiens")
        self.press("j", Keys.PAGE_DOWN)
        self.assertEqual(self.text("#heading"), "Sentence 3")
        self.assertTrue(self.browser.current_url.endswith("#3"))
        self.press("k")
        self.assertEqual(self.text("#heading"), "Sentence 2")
        self.press("?")
        self.assertTrue(self.one("#help").is_displayed())
        self.press(Keys.ESCAPE)
        self.assertFalse(self.one("#help").is_displayed())

    def test_a_target_word_under_the_pointer_lights_up_its_source_words(self):
        ActionChains(self.browser).move_to_element(self.all("#target button")[1]).perform()
        self.assertEqual(self.numbers(), {"dogs": .75, "play": .1875, "Two": .0625})
        colors = [word.value_of_css_property("background-color") for word in self.all("#source span")]
        self.assertTrue(colors[1].endswith(", 0.75)"), colors)
        self.assertTrue(colors[3].endswith(", 0)"), colors)
        ActionChains(self.browser).move_to_element(self.all("#map tbody tr")[2]).perform()
        self.assertEqual(self.numbers(), {"play": .5, "</s>": .5})

    def test_a_focused_target_word_does_too(self):
        self.browser.execute_script("document.querySelectorAll('#target button')[2].focus()")
        self.assertEqual(self.text("#word bdi"), "</s>")
        self.press(Keys.ARROW_LEFT)
        self.assertEqual(self.browser.switch_to.active_element.text, "chiens")

    def test_searches_both_texts_without_case_and_accents(self):
        self.press("/", *"ZEBRE")
        self.assertEqual(self.listed(), ["#5"])
        self.assertEqual(self.text("#found"), "1 of 12 sentences")
        self.press(Keys.ENTER)
        self.assertEqual(self.text("#heading"), "Sentence 5")
        self.press("/", Keys.ESCAPE)
        self.assertEqual(self.text("#found"), "12 sentences")
        self.press("/", *"الكلب")
        self.assertEqual(self.listed(), ["#3"])
        self.press("/", *"no such text")
        self.assertEqual(self.listed(), [])

    def test_sorts_by_score_and_length(self):
        def first(order):
            Select(self.one("#sort")).select_by_value(order)
            return self.listed()[:3]
        self.assertEqual(first("score-up"), ["#2", "#5", "#4"])
        self.assertEqual(first("score-down")[0], "#6")
        self.assertEqual(first("source-down"), ["#12", "#9", "#8"])
        self.assertEqual(first("target-up"), ["#10", "#7", "#1"])
        self.assertEqual(first("file"), ["#1", "#2", "#3"])

    def test_the_matrix_is_a_table_that_assistive_technology_reads(self):
        self.assertEqual(self.texts("#map thead th[scope=col]"), ["Two", "dogs", "play", "</s>"])
        self.assertEqual(self.texts("#map tbody th[scope=row]"), ["Deux", "chiens", "</s>"])
        self.assertEqual(self.texts("#map tbody tr:nth-child(2) td"), [".06", ".75", ".19", ".00"])
        nodes = self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        named = {(node["role"]["value"], node.get("name", {}).get("value")) for node in nodes if not node["ignored"]}
        for expected in (("columnheader", "dogs"), ("rowheader", "chiens"), ("cell", ".75"), ("cell", ".88"),
                         ("searchbox", "Search source and target texts"), ("navigation", "List of sentences")):
            self.assertIn(expected, named)

    def test_shades_run_from_black_to_white(self):
        cells = self.all("#map tbody td")
        shades = [cell.value_of_css_property("background-color") for cell in cells[:3]]
        self.assertEqual(shades, ["rgba(223, 223, 223, 1)", "rgba(32, 32, 32, 1)", "rgba(0, 0, 0, 1)"])

    def test_dark_and_light_follow_the_system_and_the_switch(self):
        paper = lambda: self.one("body").value_of_css_property("background-color")
        light = paper()
        self.scheme("dark")
        dark = paper()
        self.assertNotEqual(light, dark)
        self.one("#theme").click()
        self.assertEqual(paper(), light)
        self.one("#theme").click()
        self.assertEqual(paper(), dark)

    def wait_for(self, name):
        file = self.path / name
        for _ in range(100):
            if file.exists() and file.stat().st_size > 0:
                return file.read_bytes()
            time.sleep(.1)
        self.fail(f"{name} was not downloaded")

    def test_the_links_give_svg_and_png(self):
        self.one("#svg").click()
        drawing = xml.etree.ElementTree.fromstring(self.wait_for("alignment-1.svg"))
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual([text.text for text in drawing.iter(f"{space}text")],
                         ["Two", "dogs", "play", "</s>", "Deux", "chiens", "</s>"])
        fills = [cell.get("fill") for cell in drawing.find(f"{space}g")]
        # The black ground, then what isn't black, row by row: 255 · α, rounded.
        self.assertEqual(fills, [None] + [f"rgb({grey},{grey},{grey})" for grey in (223, 32, 16, 191, 48, 128, 128)])
        self.one("#png").click()
        self.assertEqual(self.wait_for("alignment-1.png")[:8], b"\x89PNG\r\n\x1a\n")

    def test_texts_are_never_markup(self):
        self.open("few.html#2")
        self.assertEqual(self.texts("#source li"), ["</script><script>alert(1)</script>", "<b>&amp;\"'", "</s>"])
        self.assertEqual(self.texts("#target li"), ["<!--", "{{data}}", "]]>", "</s>"])
        self.one("#svg").click()
        xml.etree.ElementTree.fromstring(self.wait_for("alignment-2.svg"))

    def test_right_to_left_text_runs_so(self):
        self.open("few.html#3")
        self.assertEqual(self.one("#source").get_attribute("dir"), "rtl")
        places = [word.location["x"] for word in self.all("#source li")]
        self.assertEqual(places, sorted(places, reverse=True))
        self.assertEqual(self.one("#target").get_attribute("dir"), "ltr")

    def test_sentences_at_the_edges(self):
        self.open("few.html#7")
        self.assertEqual(self.numbers(), {"s0": 1})
        self.assertEqual(self.texts("#map td:not(:first-child)"), ["1"])
        self.open("few.html#10")
        self.assertEqual(self.text("#note"), "There is no target word.")
        self.press(Keys.ARROW_DOWN, Keys.END)
        self.open("few.html#11")
        self.assertEqual(self.text("#weights"), "all weights are 0")
        self.open("few.html#9")
        self.assertIn("2,001 × 2,001 weights: too many for a page", self.text("#note"))
        self.assertFalse(self.one("#svg").is_displayed())

    def test_a_large_matrix_is_drawn_around_the_chosen_word(self):
        self.open("few.html#8")
        self.press(Keys.END)
        self.assertIn("target words 237 to 300 of 300", self.text("#note"))
        self.assertEqual(self.text("#map tr[aria-current] th"), "t299")
        self.assertEqual(len(self.all("#map tbody td")), 64 * 64)
        self.open("few.html#12")
        self.press(Keys.END)
        self.assertIn("of 10,000 are drawn", self.text("#note"))
        self.assertEqual(self.text("#word bdi"), "t29")
        self.assertLess(len(self.all("#source li")), 210)

    def test_ten_thousand_sentences_open_and_scroll_without_lag(self):
        self.open("many.html#9876")
        opened = self.browser.execute_script(
            "const [timing] = performance.getEntriesByType('navigation'); return timing.domComplete")
        self.assertLess(opened, 5000, "milliseconds until the page was there")
        self.assertEqual(self.text("#heading"), "Sentence 9,876")
        self.assertIn("#9876", self.listed())
        count = lambda: self.browser.execute_script("return document.querySelectorAll('*').length")
        # A frame for each of 60 places all over the list, drawn before the next.
        frames = self.browser.execute_async_script("""
            const done = arguments[0], list = document.getElementById('list'), times = [];
            let before = performance.now();
            function next() {
              const now = performance.now();
              times.push(now - before);
              before = now;
              if (times.length > 60) return done(times.slice(1));
              list.scrollTop = list.scrollHeight * (times.length * 37 % 60) / 60;
              requestAnimationFrame(next);
            }
            requestAnimationFrame(next);""")
        self.assertLess(sorted(frames)[len(frames) // 2], 100, "milliseconds from frame to frame")
        self.assertLess(count(), 3000)
        self.press("/", *"number9999")
        self.assertEqual(self.listed(), ["#9999"])
        self.press(Keys.ENTER)
        self.assertEqual(self.text("#heading"), "Sentence 9,999")
        self.press("/", Keys.ESCAPE)
        Select(self.one("#sort")).select_by_value("score-down")
        self.assertEqual(self.text("#rows li small span:last-child").split(" · ")[0], "score 0.000")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
