"""A page of `report --html` as a browser shows it, on light and on dark systems: its paper, its curves
and its bars have the colours of the style, and nothing is wider than the window.

usage: report_page.py BIN [--pictures FOLDER]. Exits with 77 where there is no Chromium.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from box import Box, end_all, skip

BIN = sys.argv[1]
PICTURES = sys.argv[sys.argv.index("--pictures") + 1] if "--pictures" in sys.argv else None
SIZE = (700, 1200)  # decoding takes a second


def pixels(file):
    """Rows of (red, green, blue) of a PNG of 8 bits, not interlaced (W3C PNG, 9.2)."""
    with open(file, "rb") as stream:
        data = stream.read()
    at, packed, width, channels = 8, b"", 0, 3
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", body[:4])[0], {2: 3, 6: 4}[body[9]]
        if kind == b"IDAT":
            packed += body
        at += size + 12
    raw, rows, stride = zlib.decompress(packed), [], width * channels
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        row, how = bytearray(raw[start + 1:start + 1 + stride]), raw[start]
        for i in range(stride if how else 0):
            left = row[i - channels] if i >= channels else 0
            corner = above[i - channels] if i >= channels else 0
            guess = left + above[i] - corner
            paeth = min((left, above[i], corner), key=lambda one: abs(guess - one))
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2, paeth)[how]) & 255
        rows.append([tuple(row[i:i + 3]) for i in range(0, stride, channels)])
        above = row
    return rows


def colours(page):
    """Of light and of dark systems, as the page's own style names them."""
    both = re.findall(r":root \{([^}]*)\}", page)
    return [{name: tuple(bytes.fromhex(value)) for name, value in re.findall(r"--(\w+): #(\w{6})", one)}
            for one in both]


def shown(folder, page, is_dark):
    picture = f"{PICTURES or folder}/report-{'dark' if is_dark else 'light'}.png"
    subprocess.run([shutil.which("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    f"--user-data-dir={folder}/browser", f"--window-size={SIZE[0]},{SIZE[1]}",
                    f"--blink-settings=preferredColorScheme={0 if is_dark else 1}", f"--screenshot={picture}",
                    f"file://{page}"], check=True, timeout=120, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env={**os.environ, "HOME": folder})
    return pixels(picture)


def look_at(rows, style, name):
    counts = {}
    for row in rows:
        for one in row:
            counts[one] = counts.get(one, 0) + 1
    most = max(counts, key=counts.get)
    if most != style["paper"]:
        sys.exit(f"{name}: the paper is {most}, not {style['paper']}")
    for what in ("ink", "validation", "waste", "good"):
        if counts.get(style[what], 0) < 20:
            sys.exit(f"{name}: nothing is drawn in the colour of {what}")
    # The page's margins: what is too wide for the window would be drawn there.
    edge = {one for row in rows for one in (row[0], row[-1])}
    if edge != {style["paper"]}:
        sys.exit(f"{name}: something is drawn up to the edge")
    print(f"{name}: {len(counts)} colours, paper and drawings as the style says")


def main():
    if shutil.which("chromium") is None:
        skip("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        box = Box(BIN, f"{folder}/box")
        box.cli("compare")
        page = f"{folder}/page.html"
        subprocess.run([f"{BIN}/powerdown", "--server", box.server, "report", "last", "--html", page],
                       env=box.environment, check=True, timeout=120)
        with open(page, encoding="utf-8") as stream:
            light, dark = colours(stream.read())
        look_at(shown(folder, page, False), light, "light")
        look_at(shown(folder, page, True), dark, "dark")


try:
    main()
finally:
    end_all()
