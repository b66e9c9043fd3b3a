"""Makes the three standard streams usable, whatever started us."""

from __future__ import annotations

import io
import os
import sys


def open_standard_streams() -> None:
    """Point closed descriptors 0 to 2 at the null device, and print what the encoding lacks as `?`.

    A closed descriptor is taken by the next file or pipe that is opened: a child's input pipe in its place
    is closed on the way, and the child reads nothing.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free descriptor is taken, which is this one.
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.stdout = sys.stdout or _null()
    sys.stderr = sys.stderr or _null()


def _null() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(os.devnull, "w"), errors="replace")
