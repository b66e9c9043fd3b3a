"""The run as JUnit XML, which CI services show."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from delivery.criteria.report_document import Document

# XML 1.0, section 2.2: no other control characters.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(document: Document) -> str:
    """A test case per criterion: failed is a failure; not measured is one too, unless it was allowed."""
    criteria = document["criteria"]
    bad = [one for one in criteria if _tag(one) == "failure"]
    skipped = [one for one in criteria if _tag(one) == "skipped"]
    suite = ElementTree.Element(
        "testsuite", name="success criteria", tests=str(len(criteria)), failures=str(len(bad)),
        skipped=str(len(skipped)), errors="0", time=str(document["durationS"]),
        timestamp=document["startedAt"], hostname=document["platform"].get("system", ""),
    )  # fmt: skip
    for one in criteria:
        case = ElementTree.SubElement(
            suite, "testcase", classname="success-criteria", name=f"{one['id']} {one['statement']}",
            time=str(one["durationS"]),
        )  # fmt: skip
        tag = _tag(one)
        if tag:
            words = _clean("; ".join(one["reasons"]) or one["state"])
            ElementTree.SubElement(case, tag, message=words).text = _clean("\n".join(one["reasons"]))
        ElementTree.SubElement(case, "system-out").text = _clean("\n".join(one["evidence"]))
    text = ElementTree.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _tag(one: Document) -> str:
    if one["state"] == "passed":
        return ""
    return "skipped" if one["allowed"] and one["state"] == "not measured" else "failure"


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
