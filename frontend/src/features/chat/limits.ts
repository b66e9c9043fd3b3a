/** What the server takes as one message, in characters. */
export const MESSAGE_LIMIT = 2000;
/** From here on the count is shown. */
const COUNT_FROM = 1800;

/** Characters as the server counts them: an emoji outside the basic plane is one, not two. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

export function isSendable(text: string): boolean {
  return text.trim() !== "" && lengthOf(text.trim()) <= MESSAGE_LIMIT;
}

/** "1,950 / 2,000" near the limit and beyond it, else null. */
export function countOf(text: string): string | null {
  const length = lengthOf(text.trim());
  if (length < COUNT_FROM) return null;
  return `${length.toLocaleString("en")} / ${MESSAGE_LIMIT.toLocaleString("en")}`;
}
