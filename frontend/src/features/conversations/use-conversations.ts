import { useMemo } from "react";
import useSWRInfinite from "swr/infinite";

import type { ApiError } from "@/client/http";
import { STEADY_RETRY } from "@/client/retry";
import { ask } from "@/features/chat/client";
import type { Page, Thread } from "@/features/chat/protocol";

const PAGE = 30;

export interface Conversations {
  /** Newest first; undefined until they are known. */
  list: Thread[] | undefined;
  error: ApiError | undefined;
  more: boolean;
  showMore: () => void;
  reload: () => void;
  rename: (id: string, title: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

type Key = readonly ["conversations", string | null];

/** The person's conversations, page by page. A renamed or removed one changes at once. */
export function useConversations(): Conversations {
  const { data, error, size, setSize, mutate } = useSWRInfinite<Page<Thread>, ApiError, typeof keyOf>(keyOf, load, {
    ...STEADY_RETRY,
    revalidateFirstPage: true,
  });
  const list = useMemo(() => data?.flatMap((page) => page.data), [data]);
  const change = (now: (threads: Thread[]) => Thread[], send: () => Promise<unknown>) =>
    mutate(
      async (pages) => {
        await send();
        return pages?.map((page) => ({ ...page, data: now(page.data) }));
      },
      {
        optimisticData: (pages) => (pages ?? []).map((page) => ({ ...page, data: now(page.data) })),
        rollbackOnError: true,
        revalidate: false,
      },
    ).then(() => undefined);

  return {
    list,
    error,
    more: data?.at(-1)?.has_more ?? false,
    showMore: () => void setSize(size + 1),
    reload: () => void mutate(),
    rename: (id, title) =>
      change(
        (threads) => threads.map((thread) => (thread.id === id ? { ...thread, title } : thread)),
        () => ask("threads.update", { thread_id: id, title }),
      ),
    remove: (id) =>
      change(
        (threads) => threads.filter((thread) => thread.id !== id),
        () => ask("threads.delete", { thread_id: id }),
      ),
  };
}

function keyOf(_index: number, before: Page<Thread> | null): Key | null {
  if (before === null) return ["conversations", null];
  return before.has_more ? ["conversations", before.after ?? before.data.at(-1)?.id ?? null] : null;
}

function load([, after]: Key): Promise<Page<Thread>> {
  const params = { limit: PAGE, order: "desc" as const };
  return ask("threads.list", after === null ? params : { ...params, after });
}
