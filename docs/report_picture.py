"""Take docs/report.png, the picture of the evals' page: python docs/report_picture.py"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from assistant import Assistant
from assistant.evals import load_suite, run
from assistant.evals.page import page
from assistant.evals.running import cache_folder

with Assistant.open() as assistant, tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    done = run(load_suite("article"), assistant, cache=cache_folder())
    texts = {done.suite: {each.source: each.text for each in assistant.documents}}
    report, picture = Path(folder) / "report.html", Path(__file__).with_name("report.png")
    report.write_text(page([done], texts), encoding="utf-8")
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    shown = browser.new_page(viewport={"width": 1200, "height": 1275})
    shown.goto(report.as_uri())
    shown.screenshot(path=picture)
    browser.close()
Image.open(picture).convert("RGB").quantize(64).save(picture, optimize=True)  # a third of the bytes
