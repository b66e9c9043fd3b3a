import { describe, expect, it } from "vitest";

import { type Block, type Span, parseMarkdown, parseSpans } from "@/features/chat/parse-markdown";

const short = ({ kind, text }: Span) => (kind === "text" ? text : `<${kind}>${text}</${kind}>`);
const inline = (text: string) => parseSpans(text).map(short).join("");

function outline(block: Block): string {
  if (block.kind === "code") return `code: ${block.text}`;
  if (block.kind !== "list") return `${block.kind}: ${block.spans.map(short).join("")}`;
  const items = block.items.map(({ level, spans }) => "-".repeat(level + 1) + spans.map(short).join(""));
  return `${block.ordered ? `list from ${block.start}` : "list"}: ${items.join(" ")}`;
}

describe("words in a line", () => {
  it.each([
    ["plain", "plain"],
    ["a **b** c", "a <strong>b</strong> c"],
    ["*a* and _b_", "<emphasis>a</emphasis> and <emphasis>b</emphasis>"],
    ["run `rm **x**` now", "run <code>rm **x**</code> now"],
    ["some_file_name and 2 * 3 * 4", "some_file_name and 2 * 3 * 4"],
    ["not yet **closed", "not yet **closed"],
    ["**** and ``", "**** and ``"],
    ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
    ["[a link](https://example.com)", "[a link](https://example.com)"],
  ])("%s", (text, expected) => {
    expect(inline(text)).toBe(expected);
  });
});

describe("blocks", () => {
  it.each([
    ["two paragraphs", "a\nb\n\nc", ["paragraph: a\nb", "paragraph: c"]],
    ["a list behind a paragraph", "Left:\n- a\n* **b**\n• c", ["paragraph: Left:", "list: -a -<strong>b</strong> -c"]],
    ["a numbered list that goes on behind a gap", "1. a\n\n2. b", ["list from 1: -a", "list from 2: -b"]],
    ["a list in a list", "- a\n  - b\n- c", ["list: -a --b -c"]],
    ["a heading", "## What is left\ntext", ["heading: What is left", "paragraph: text"]],
    ["code", "```sh\na **b**\n\n- c\n```\nd", ["code: a **b**\n\n- c", "paragraph: d"]],
    ["code that is still arriving", "```\nhalf", ["code: half"]],
    ["lines with CRLF", "a\r\n\r\n- b\r\n", ["paragraph: a", "list: -b"]],
    ["nothing", "", []],
  ])("%s", (_case, text, expected) => {
    expect(parseMarkdown(text).map(outline)).toEqual(expected);
  });

  it("take no long time for text made to be slow", () => {
    const begin = performance.now();
    for (const bad of ["**a ", "*a ", "_a ", "`a "]) parseMarkdown(bad.repeat(4000));
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});
