"""The picture of bench.verdict: readable in light and dark, by eyes and by screen readers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from delivery.bench.results import Results
from delivery.bench.verdict_picture import picture
from tests.unit.bench.conftest import came_up, failed, results

SVG = "{http://www.w3.org/2000/svg}"


def drawn(of: Results) -> ET.Element:
    return ET.fromstring(picture(of))  # our own text


def texts(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def test_it_has_a_title_and_a_description_that_say_it_all(whole: Results) -> None:
    root = drawn(whole)
    assert root.get("role") == "img"
    labels = {one.get("id"): one.text for one in root if one.get("id")}
    assert (root.get("aria-labelledby") or "").split() == list(labels)
    assert "crashes at <once>: inv deploy.all CRASH_LOOP 6.1 s, back after 16.0 s" in str(labels["d"])
    assert "helm upgrade --rollback-on-failure WRONG: success 3.4 s" in str(labels["d"])


def test_every_case_has_a_row_and_every_engine_a_name(whole: Results) -> None:
    shown = texts(drawn(whole))
    assert {"crashes at <once>", "starts slowly", "inv deploy.all"} <= set(shown)
    assert "helm upgrade --wait" not in shown


def test_it_needs_nothing_from_elsewhere_and_has_colours_for_the_dark(whole: Results) -> None:
    text = picture(whole)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    for name in re.findall(r"\.([\w-]+) \{ (?:fill|stroke): #", light):
        assert f".{name} " in dark, f"{name} has no colour for the dark"


def test_a_wrong_verdict_is_a_cross_of_its_engine(whole: Results) -> None:
    crosses = [one for one in drawn(whole).iter(f"{SVG}path") if "wrong" in (one.get("class") or "")]
    assert [one.get("class") for one in crosses] == ["any wrong", "helm-rollback wrong"]


def test_later_is_further_to_the_right_and_all_of_it_lies_in_the_picture() -> None:
    root = drawn(results(failed(verdict_s=2.0), failed("helm-rollback", verdict_s=601.0), came_up()))
    ours = [float(one.get("cx") or 0) for one in root.iter(f"{SVG}circle")][1:]
    theirs = [
        float(one.get("x") or 0) for one in root.iter(f"{SVG}rect") if one.get("class") == "helm-rollback"
    ]
    assert ours == sorted(ours)
    assert max(theirs) > max(ours)
    assert max(theirs) + 10 < float(root.get("width") or 0)


@pytest.mark.parametrize("trouble", ["", "no cluster"])
def test_what_was_not_measured_has_no_mark(trouble: str) -> None:
    root = drawn(results(failed(trouble=trouble), came_up(), engines=("ours",)))
    assert len(list(root.iter(f"{SVG}circle"))) == (2 if trouble else 3)
