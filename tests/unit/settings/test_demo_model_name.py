"""deploy.yaml asks for the demo model by the name that the demo model answers to."""

from __future__ import annotations

import ast

from delivery.paths import ROOT

SOURCE = ROOT / "backend" / "demo_model" / "__init__.py"


def served() -> object:
    """MODEL in the source: read, not imported, since the backend is no part of the kit's environment."""
    for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["MODEL"]:
            return ast.literal_eval(node.value)
    return None


def test_the_name_in_deploy_yaml_is_the_one_served() -> None:
    import yaml

    services = yaml.safe_load((ROOT / "deploy.yaml").read_text(encoding="utf-8"))["services"]
    assert services["demo-model"]["standsIn"]["OPENAI_MODEL"] == served()
