"""Draw `.github/comment.png`, the comment in the README, from a real run: ``make picture``.

Invariant: every word of the picture is of a comment that the command writes now; the page around it
has the looks of a forge, and no name of one. The picture holds a digest of those words.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from tests.house.picture import commented_plan
from tests.house.source import ROOT

PICTURE: Final = ROOT / ".github" / "comment.png"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_SIZE: Final = (860, 1400)
_KEYWORD: Final = b"words\0"
# What differs from run to run: digests, commits, and times.
_CHANGING = re.compile(r"[0-9a-f]{16,}|\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[\d:.+Z]*( UTC)?")
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>comment</title><style>
body { margin: 0; padding: 16px; background: #fff; color: #1f2328;
  font: 14px/1.5 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif }
article { border: 1px solid #d1d9e0; border-radius: 6px; max-width: 826px }
header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px;
  border-radius: 6px 6px 0 0; color: #59636e }
header b { color: #1f2328 }
main { padding: 4px 16px }
h1, h2, h3 { border-bottom: 1px solid #d1d9e0; padding-bottom: 4px; margin: 16px 0 8px }
h1 { font-size: 21px } h2 { font-size: 18px } h3 { font-size: 16px; border: 0 }
table { border-collapse: collapse; margin: 8px 0 } th, td { border: 1px solid #d1d9e0;
  padding: 4px 12px } tr:nth-child(2n) td { background: #f6f8fa }
code { background: #eff1f3; border-radius: 6px; padding: 2px 5px;
  font: 12px ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace }
pre { background: #f6f8fa; border-radius: 6px; padding: 12px; overflow: auto }
pre code { background: none; padding: 0 }
blockquote { border-left: 4px solid #d1d9e0; color: #59636e; margin: 8px 0; padding: 0 16px }
</style><article><header><b>billing-robot</b> commented</header><main>%s</main></article></html>"""


def words_digest(comment: str) -> str:
    """Return a digest of the words of a comment that stay the same from run to run."""
    return hashlib.sha256(_CHANGING.sub("…", comment).encode()).hexdigest()


def drawn_digest(picture: bytes) -> str:
    """Return the digest of the words that a picture was drawn from; empty where it has none."""
    _, _, rest = picture.partition(b"tEXt" + _KEYWORD)
    return rest[:64].decode("ascii", "replace")


def draw(comment: str, browser: str) -> bytes:
    """Return the picture of a comment as a browser shows it, without the empty end."""
    html = _PAGE % MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(comment)
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(html, encoding="utf-8")
        height = _height(browser, page, folder)
        _browse(
            browser,
            folder,
            f"--window-size={_SIZE[0]},{height}",
            f"--screenshot={picture}",
            page.as_uri(),
        )
        raw = picture.read_bytes()
    text = _KEYWORD + words_digest(comment).encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + text))
    end = raw.rindex(b"IEND") - 4
    return raw[:end] + chunk + raw[end:]


def _height(browser: str, page: Path, folder: str) -> int:
    """Return how high the page is: it says so itself, in a copy that is not drawn."""
    script = "<script>document.title = document.querySelector('article').offsetHeight</script>"
    copy = page.with_name("copy.html")
    copy.write_text(page.read_text(encoding="utf-8") + script, encoding="utf-8")
    shown = _browse(
        browser, folder, f"--window-size={_SIZE[0]},{_SIZE[1]}", "--dump-dom", copy.as_uri()
    )
    found = re.search(r"<title>(\d+)</title>", shown)
    return int(found[1]) + 32 if found else _SIZE[1]


def _browse(browser: str, folder: str, *words: str) -> str:
    quiet = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    run = subprocess.run(
        [browser, *quiet, f"--user-data-dir={folder}/profile", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return run.stdout


if __name__ == "__main__":
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("the picture of a comment needs Chromium: apt-get install chromium")
    PICTURE.write_bytes(draw(commented_plan(), found))
