import { useSyncExternalStore } from "react";

const NAME = "c";
const subscribers = new Set<() => void>();

/**
 * Id of the conversation in the page's address (`?c=…`), or null; so it outlives a reload, and the back button
 * works. `served` is what the server read there.
 */
export function useConversationId(served: string | null): string | null {
  return useSyncExternalStore(subscribe, conversationId, () => served);
}

export function conversationId(): string | null {
  return new URLSearchParams(window.location.search).get(NAME);
}

/** `replace`: without a step in the history, for a conversation that has only now got its id. */
export function goToConversation(id: string | null, { replace = false } = {}): void {
  const url = new URL(window.location.href);
  if (id === null) url.searchParams.delete(NAME);
  else url.searchParams.set(NAME, id);
  if (url.href === window.location.href) return;
  if (replace) window.history.replaceState(null, "", url);
  else window.history.pushState(null, "", url);
  for (const subscriber of subscribers) subscriber();
}

function subscribe(subscriber: () => void): () => void {
  subscribers.add(subscriber);
  window.addEventListener("popstate", subscriber);
  return () => {
    subscribers.delete(subscriber);
    window.removeEventListener("popstate", subscriber);
  };
}
