import type { AedesClient } from "./aedes-internals.ts";
import { attachSession, type Session, type SessionOptions } from "./session.ts";

export type Sessions = ReturnType<typeof openSessions>;

/** The sessions of the connected clients. */
export function openSessions(options: SessionOptions) {
  const byClient = new WeakMap<object, Session>();
  const ready = new Map<string, Session>();

  return {
    /** A client says CONNECT. */
    attach(client: AedesClient, clean: boolean): void {
      byClient.set(client, attachSession(client, clean, options));
    },
    /** The handshake is over. */
    start(client: AedesClient): void {
      const session = byClient.get(client);
      if (!session || client.closed) return;
      ready.set(client.id, session);
      client.conn.once("close", () => {
        if (ready.get(client.id) === session) ready.delete(client.id);
      });
      session.start();
    },
    acknowledged: (client: object, messageId: number): void => byClient.get(client)?.acknowledged(messageId),
    wake(clientIds: Iterable<string>): void {
      for (const clientId of clientIds) ready.get(clientId)?.wake();
    },
    isConnected: (clientId: string): boolean => ready.has(clientId),
  };
}
