"""Cuts an object out of a photo on a running server: ``clickcut annotate photos --no-browser`` in another terminal."""

import sys

from clickcut.client import Client

photo, x, y = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
with Client("http://127.0.0.1:8765").open(photo) as session:
    session.click(x=x, y=y)
    label = session.finish()
    sys.stdout.write(f"object {label}: {(session.label_map() == label).sum()} of {session.width * session.height} pixels\n")
