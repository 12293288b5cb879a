"""What the tests of web pages share: Debian's Chromium on pages opened from disk.

Needs Debian's chromium, chromium-driver and python3-selenium (cmake/packages.txt, [tests]). A test is started as
NAME_page_test.py LOCKSTEP WRITE_SAMPLES.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

LOCKSTEP, WRITE_SAMPLES = (os.path.abspath(path) for path in sys.argv[1:3])


class BrowserTest(unittest.TestCase):
    """A browser, and a folder of the pages that PAGES names; a test begins on the first of them."""

    PAGES = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lockstep-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        subprocess.run([WRITE_SAMPLES, cls.path], check=True)
        cls.make_pages()
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,900",
                         f"--user-data-dir={cls.path / 'profile'}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": str(cls.path)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        cls.browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        cls.addClassCleanup(cls.browser.quit)

    @classmethod
    def make_pages(cls):
        """Makes those pages that write_samples doesn't."""

    def setUp(self):
        # A window that the browser hasn't activated yet, as on a busy machine, tells no page of its focus.
        self.browser.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
        self.scheme("light")
        self.browser.get("about:blank")
        self.browser.get_log("performance")  # what the browser's own first page asked for
        self.open(f"{self.PAGES[0]}.html")
        self.browser.execute_script("localStorage.clear(); delete document.documentElement.dataset.theme")

    def tearDown(self):
        """Nothing was complained of, and nothing but the page itself asked for."""
        self.assertEqual(self.browser.get_log("browser"), [])
        events = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        asked = {event["params"]["request"]["url"].split("#")[0] for event in events
                 if event["method"] == "Network.requestWillBeSent"}
        pages = {f"file://{self.path}/{name}.html" for name in self.PAGES}
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
