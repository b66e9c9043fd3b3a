"""Entry point for ``inv``; the task collection itself is the ``tasks`` package."""

import sys
from importlib import import_module
from pathlib import Path

# Invoke prefers this file and registers it as the module ``tasks``; Python's import
# prefers the package. Hand over, so that one module only bears the name.
sys.modules.pop(__name__, None)
sys.path.insert(0, str(Path(__file__).resolve().parent))
ns = import_module("tasks").ns
