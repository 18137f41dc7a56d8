# SPDX-License-Identifier: Apache-2.0
"""A Chromium without a window, driven by selenium; its profile is its own and goes with it."""
import os
import pathlib
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
except ModuleNotFoundError:  # the distribution's package belongs to the distribution's python
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")


class Browser:
    def __init__(self, width=1280, height=900, dark=False, shots=None):
        self.profile = tempfile.mkdtemp(prefix="setpoint-browser.")
        self.shots = pathlib.Path(shots) if shots else None
        options = Options()
        for word in (*QUIET, "--user-data-dir=" + self.profile, "--window-size=%d,%d" % (width, height),
                     *(["--blink-settings=preferredColorScheme=0"] if dark else [])):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        if width < 500:  # a window cannot be that narrow
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True})
        if dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, url):
        self.driver.get(url)

    def one(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def run(self, script, *words):
        return self.driver.execute_script(script, *words)

    def wait(self, condition, what, within=20):
        WebDriverWait(self.driver, within).until(lambda _: condition(), "not within %d s: %s" % (within, what))

    def shoot(self, name):
        if self.shots:
            self.driver.save_screenshot(str(self.shots / (name + ".png")))

    def complaints(self):
        """What the console says that is wrong: errors, and what the page's own policy forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
