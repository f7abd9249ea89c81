"""Draw `.github/plan.svg`, the picture in the README, from a real run: ``make picture``.

Invariant: every word of the picture was printed by the command; only its colours, its frame and
the folder of the run are added or left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.house.source import ROOT

PICTURE: Final = ROOT / ".github" / "plan.svg"
COMMAND: Final = "reconciler plan"

_ACME = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  name: Acme GmbH
  provider: Main provider
  accounts:
    - {name: acme-main, provider: Main provider, currency: EUR}
"""
_GLOBEX = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: globex}
spec:
  email: accounts@globex.example
  name: Globex Ltd
  provider: Main provider
---
apiVersion: reconciler/v1
kind: TaxRule
metadata: {name: globex-vat}
spec: {client: globex, provider: Main provider, rate: 19}
"""
_LAUNCH = """\
---
apiVersion: reconciler/v1
kind: Discount
metadata: {name: globex-launch}
spec: {client: globex, percentage: 30, type: Percentage discount, from: 2026-01-01}
"""
_SERVICE = """\
  services:
    - name: acme-web
      type: vhost
      tariff: Web Start
      domain: www.acme.example
      periodMonths: 12
      payFrom: balance
"""
_INITECH = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: initech}
spec:
  email: office@initech.example
  name: Initech SA
  provider: Main provider
"""
_BEFORE: Final = {"acme": _ACME, "globex": _GLOBEX + _LAUNCH}
_AFTER: Final = {
    "acme": _ACME + _SERVICE,
    "globex": _GLOBEX.replace("rate: 19", "rate: 20"),
    "initech": _INITECH,
}

_COLOURS: Final = {
    "31": "#ff7b72",
    "32": "#7ee787",
    "33": "#e3b341",
    "36": "#79c0ff",
    "1;35": "#d2a8ff",
}
_FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_PAINTED = re.compile("\x1b\\[([0-9;]+)m(.*?)\x1b\\[0m")
_WORDS = re.compile(r"<text[^>]*>(.*?)</text>")
_LINE, _CHARACTER, _MARGIN, _BAR = 19, 8.0, 18, 34


def make_picture() -> str:
    """Return the SVG of a plan that the command prints now."""
    with tempfile.TemporaryDirectory() as folder:
        project = _prepared(Path(folder))
        return _draw(_run(project, "plan", "--color", "always"))


def commented_plan() -> str:
    """Return the comment that is written about the plan in the picture."""
    with tempfile.TemporaryDirectory() as folder:
        project = _prepared(Path(folder))
        _run(project, "plan", "--out", "plan.json", "--allow", "charge")
        return _run(project, "comment", "plan.json")


def words_of(picture: str) -> list[str]:
    """Return the lines of text that a picture shows."""
    return [re.sub("<[^>]+>", "", line) for line in _WORDS.findall(picture)]


def _prepared(project: Path) -> Path:
    """Write a project whose manifests were applied, and edited since."""
    _run(project, "init", ".")
    _run(project, "sandbox", "seed", "--clients", "12")
    _write(project, _BEFORE)
    _run(project, "apply", "--yes")
    _write(project, _AFTER)
    return project


def _write(project: Path, manifests: dict[str, str]) -> None:
    for path in (project / "manifests").rglob("*.yaml"):
        path.unlink()
    for name, text in manifests.items():
        (project / "manifests" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _run(project: Path, *words: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "reconciler", *words],
        cwd=project,
        env={"HOME": str(project), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if run.returncode:
        raise RuntimeError(f"{words}: {run.stdout}{run.stderr}")
    return run.stdout


def _draw(report: str) -> str:
    """Draw a terminal with the command and its report.

    Its ground is dark on any page, so that one picture does for both; the frame tells it from a
    page that is dark, too.
    """
    lines = [f"$ {COMMAND}", *report.rstrip("\n").split("\n")]
    widest = max(len(_PAINTED.sub(r"\2", line)) for line in lines)
    width = round(widest * _CHARACTER) + 2 * _MARGIN
    height = _BAR + len(lines) * _LINE + _MARGIN
    lights = "".join(
        f'<circle cx="{_MARGIN + 6 + 20 * i}" cy="17" r="6" fill="{colour}"/>'
        for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    texts = [
        f'<text x="{_MARGIN}" y="{_BAR + _LINE * number}">{_spans(line)}</text>'
        for number, line in enumerate(lines, start=1)
        if line
    ]
    shown = "\n".join(texts)
    frame = f'width="{width - 1}" height="{height - 1}" rx="8" fill="#0d1117" stroke="#484f58"'
    head = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {head}>
<title>What {COMMAND} prints</title>
<style>text {{ font: 13px {_FONTS}; fill: #e6edf3; white-space: pre }}</style>
<rect x="0.5" y="0.5" {frame}/>
{lights}
{shown}
</svg>
"""


def _spans(line: str) -> str:
    """Turn what a terminal colours into spans of that colour."""
    parts = _PAINTED.split(line)
    plain, codes, painted = parts[::3], parts[1::3], parts[2::3]
    spans = [
        f'<tspan fill="{_COLOURS[code]}" font-weight="bold">{escape(text)}</tspan>'
        for code, text in zip(codes, painted, strict=True)
    ]
    return "".join(escape(before) + span for before, span in zip(plain, [*spans, ""], strict=True))


if __name__ == "__main__":
    PICTURE.write_text(make_picture(), encoding="utf-8")
