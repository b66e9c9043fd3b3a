/** The little of Markdown that answers use. There is no HTML in it, no link and no picture: all else is text. */
export type Block =
  | { kind: "paragraph" | "heading"; spans: Span[] }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; start: number; items: ListItem[] };

export interface ListItem {
  level: 0 | 1;
  spans: Span[];
}

export interface Span {
  kind: "text" | "strong" | "emphasis" | "code";
  text: string;
}

const FENCE = /^\s*(```|~~~)/;
const ITEM = /^(\s*)(?:[-*+•]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
/** Strong before emphasis, code before both. `_` only at the edges of words: some_name stays as it is. */
const SPAN = /`([^`\n]+)`|\*\*(?=\S)(.+?)(?<=\S)\*\*|\*(?=[^\s*])([^*\n]+?)(?<=\S)\*|(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)/gs;

export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = blockAt(lines, at);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines: string[], at: number): [Block | null, number] {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [null, at + 1];
  if (FENCE.test(line)) return codeAt(lines, at);
  const heading = HEADING.exec(line);
  if (heading) return [{ kind: "heading", spans: parseSpans(heading[1] ?? "") }, at + 1];
  return ITEM.test(line) ? listAt(lines, at) : paragraphAt(lines, at);
}

/** To the closing fence; while an answer is arriving there may be none yet. */
function codeAt(lines: string[], at: number): [Block, number] {
  const fence = FENCE.exec(lines[at] ?? "")?.[1] ?? "```";
  const close = lines.findIndex((line, index) => index > at && line.trim() === fence);
  const end = close === -1 ? lines.length : close;
  return [{ kind: "code", text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function listAt(lines: string[], at: number): [Block, number] {
  const number = ITEM.exec(lines[at] ?? "")?.[2];
  const items: ListItem[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const [, indent = "", , words = ""] = ITEM.exec(lines[next] ?? "") ?? [];
    if (!ITEM.test(lines[next] ?? "")) break;
    items.push({ level: indent.length > 1 ? 1 : 0, spans: parseSpans(words) });
  }
  return [{ kind: "list", ordered: number !== undefined, start: Number(number ?? 1), items }, next];
}

function paragraphAt(lines: string[], at: number): [Block, number] {
  let end = at + 1;
  while (end < lines.length && !startsBlock(lines[end] ?? "")) end += 1;
  return [{ kind: "paragraph", spans: parseSpans(lines.slice(at, end).join("\n")) }, end];
}

function startsBlock(line: string): boolean {
  return line.trim() === "" || FENCE.test(line) || ITEM.test(line) || HEADING.test(line);
}

export function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(SPAN)) {
    if (match.index > from) spans.push({ kind: "text", text: text.slice(from, match.index) });
    spans.push(spanOf(match));
    from = match.index + match[0].length;
  }
  if (from < text.length) spans.push({ kind: "text", text: text.slice(from) });
  return spans;
}

function spanOf([whole, code, strong, star, underscore]: RegExpMatchArray): Span {
  if (code !== undefined) return { kind: "code", text: code };
  if (strong !== undefined) return { kind: "strong", text: strong };
  return { kind: "emphasis", text: star ?? underscore ?? whole };
}
