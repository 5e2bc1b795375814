import type { SqliteFile } from "../sqlite/open.ts";

export interface SessionExpiry {
  /** A client with a persistent session is here, or has just left. */
  seen(clientId: string): void;
  /** Sessions whose clients were away for longer than `seconds` of the broker's running time; they are now forgotten. */
  expired(isConnected: (clientId: string) => boolean): string[];
  count(): number;
}

/** In MQTT 3.1.1 the broker decides how long it keeps the session of a client that does not come back. */
export function sessionExpiry(
  { prepare, commit }: SqliteFile,
  seconds: number,
  now: () => number,
): SessionExpiry {
  const see = prepare("INSERT OR REPLACE INTO session (client_id, seen_at) VALUES (?, ?)");
  const old = prepare<{ client_id: string }, [number]>("SELECT client_id FROM session WHERE seen_at < ?");
  const forget = prepare("DELETE FROM session WHERE client_id = ?");
  const count = prepare<{ n: number }, []>("SELECT count(*) AS n FROM session");

  return {
    seen: (clientId) => commit.attempt(() => see.run(clientId, now())),
    expired(isConnected) {
      const gone = old
        .all(now() - seconds * 1000)
        .map(({ client_id }) => client_id)
        .filter((clientId) => !isConnected(clientId));
      commit.attempt(() => {
        for (const clientId of gone) forget.run(clientId);
      });
      return gone;
    },
    count: () => count.get()!.n,
  };
}
