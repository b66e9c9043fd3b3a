"""Entry point for ``inv``; the task collection itself is the ``tasks`` package."""

import os
import sys
from importlib import import_module
from pathlib import Path

_BAD_INPUT = 2
_BROKEN_PIPE = 141  # what a shell tells of a program that SIGPIPE ended


def main() -> None:
    """Run invoke; where the reader has gone (``inv --list | head``) end quietly, as other programs do.

    Not by SIGPIPE's default action, which would end us at the closed pipe of a child or a server too.
    """
    program = import_module("invoke.main").program
    try:
        try:
            program.run()
        except ValueError as bad:
            # Invoke's parser turns a flag's text into a number; faults of the tasks end as their own errors.
            sys.stderr.write(f"a flag's value is not of its kind: {bad}\n  next: ./inv --help TASK\n")
            sys.exit(_BAD_INPUT)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except BrokenPipeError:
        # Python flushes both once more at its end, and would tell what comes of it.
        for number in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        sys.exit(_BROKEN_PIPE)


if __name__ == "__main__":
    main()
else:
    # Invoke prefers this file and registers it as the module ``tasks``; Python's import
    # prefers the package. Hand over, so that one module only bears the name.
    sys.modules.pop(__name__, None)
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    ns = import_module("tasks").ns
