import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

import type { Entry } from "./entries";

const NEAR_PX = 48;

interface Sticking {
  ref: RefObject<HTMLDivElement | null>;
  /** True while one looks at something further up. */
  away: boolean;
  onScroll: () => void;
  toEnd: () => void;
}

/**
 * Keeps the end of a growing list in sight, if it was: what arrives while one reads further up does not move
 * the page. A message of one's own, and another conversation, always go to the end.
 */
export function useStickToEnd(entries: Entry[], conversation: string | null): Sticking {
  const ref = useRef<HTMLDivElement>(null);
  const seen = useRef({ height: 0, first: "", last: "", conversation });
  const [away, setAway] = useState(false);
  const stick = useRef(true);

  const toEnd = () => {
    ref.current?.scrollTo({ top: ref.current.scrollHeight });
  };

  useLayoutEffect(() => {
    const list = ref.current;
    if (!list) return;
    const now = { height: list.scrollHeight, first: idAt(entries, 0), last: ownLast(entries), conversation };
    const { current: before } = seen;
    seen.current = now;
    const sent = now.last !== before.last || (now.conversation !== before.conversation && before.conversation !== null);
    if (sent) stick.current = true;
    if (stick.current) list.scrollTop = list.scrollHeight;
    else if (now.first !== before.first) list.scrollTop += now.height - before.height; // more came in above
  }, [entries, conversation]);

  useEffect(() => onResize(ref.current, (list) => {
    if (stick.current) list.scrollTop = list.scrollHeight;
  }), []);

  const onScroll = () => {
    const list = ref.current;
    if (!list) return;
    stick.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    setAway(!stick.current);
  };
  return { ref, away, onScroll, toEnd };
}

/** The list gets lower while a long message is written below it, or a phone's keyboard comes up. */
function onResize(list: HTMLElement | null, then: (list: HTMLElement) => void): (() => void) | undefined {
  if (!list) return undefined;
  const observer = new ResizeObserver(() => { then(list); });
  observer.observe(list);
  return () => { observer.disconnect(); };
}

function idAt(entries: Entry[], index: number): string {
  return entries.at(index)?.id ?? "";
}

/** Changes with each message of the person; not when it gets its id from the server. */
function ownLast(entries: Entry[]): string {
  return String(entries.filter((entry) => entry.kind === "user").length);
}
