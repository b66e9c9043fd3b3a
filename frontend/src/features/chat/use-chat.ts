import { useEffect, useState, useSyncExternalStore } from "react";
import { useSWRConfig } from "swr";

import { RETRY_MS } from "@/client/retry";
import { type Conversations, useConversations } from "@/features/conversations/use-conversations";
import { conversationId, goToConversation, useConversationId } from "@/features/conversations/use-conversation-id";
import { TASKS_URL } from "@/features/tasks/api";

import type { ChatSession } from "./session";
import { ChatSessions } from "./sessions";
import type { ChatState, Problem } from "./state";

export interface Chat {
  session: ChatSession;
  state: ChatState;
  conversations: Conversations;
  open: (id: string) => void;
  begin: () => void;
  rename: (id: string, title: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

/** The chat of the page: the conversation that is open, the others, and the ways between them. */
export function useChat(served: string | null): Chat {
  const id = useConversationId(served);
  const conversations = useConversations();
  const sessions = useSessions(conversations);
  const [, redraw] = useState(0);
  const session = sessions.of(id);
  const state = useSyncExternalStore(session.subscribe, session.state, session.state);

  useEffect(() => void session.load(), [session]);
  useLookAgain(session, state.problem?.kind);

  const begin = () => {
    sessions.begin();
    goToConversation(null);
    redraw((count) => count + 1);
  };
  return {
    session,
    state,
    conversations,
    open: goToConversation,
    begin,
    rename: async (other, title) => {
      await conversations.rename(other, title);
      sessions.of(other).rename(title);
    },
    remove: async (other) => {
      await conversations.remove(other);
      sessions.forget(other);
      if (conversationId() === other) begin();
    },
  };
}

/** While there is nothing to show the server may come back; while it answers unseen it will end. */
const LOOK_AGAIN_MS: Partial<Record<Problem["kind"], number>> = { load: RETRY_MS, running: 2_000 };

function useLookAgain(session: ChatSession, kind: Problem["kind"] | undefined): void {
  const everyMs = kind && LOOK_AGAIN_MS[kind];
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => void session.lookAgain(), everyMs);
    return () => { clearInterval(timer); };
  }, [session, everyMs]);
}

/** The sessions, made once; what they tell goes to the page as it is at that time. */
function useSessions({ list, reload }: Conversations): ChatSessions {
  const { mutate } = useSWRConfig();
  const [sessions] = useState(() => new ChatSessions());
  useEffect(() => {
    sessions.listen({
      created: (session, thread) => {
        const shown = conversationId() === null && sessions.of(null) === session;
        if (shown) goToConversation(thread.id, { replace: true });
        reload();
      },
      touched: reload,
      tasksChanged: () => void mutate(TASKS_URL),
      known: () => list && new Set(list.map(({ id }) => id)),
    });
  });
  return sessions;
}
