import { ChatSession, type Listener } from "./session";

/** The conversations that were looked at, and the one that has not begun yet. */
export class ChatSessions {
  #byId = new Map<string, ChatSession>();
  #listener: Listener | null = null;
  #fresh = this.#make(null);

  /** Whom the conversations tell what happens. */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  /** The conversation with an id, or for null the one that is still to begin. */
  of(id: string | null): ChatSession {
    if (id === null) return this.#fresh;
    const session = this.#byId.get(id) ?? this.#make(id);
    this.#byId.set(id, session);
    return session;
  }

  /** A new one that has nothing in it. One that has begun but has no id yet goes on by itself. */
  begin(): void {
    if (this.#fresh.state().entries.length > 0) this.#fresh = this.#make(null);
  }

  /** A conversation that was deleted: what still runs of it ends. */
  forget(id: string): void {
    this.#byId.get(id)?.stop();
    this.#byId.delete(id);
  }

  #make(id: string | null): ChatSession {
    return new ChatSession(id, {
      created: (session, thread) => {
        this.#byId.set(thread.id, session);
        this.#listener?.created(session, thread);
        if (session === this.#fresh) this.#fresh = this.#make(null);
      },
      touched: () => this.#listener?.touched(),
      tasksChanged: () => this.#listener?.tasksChanged(),
      known: () => this.#listener?.known(),
    });
  }
}
