import type { Publication } from "../runtime/ports/transport.ts";

/** A message on its way to one client of the in-memory broker. */
export interface Outgoing {
  publication: Publication;
  retained: boolean;
  /** ms since 1970 after which it is not delivered any more. */
  expiresAt: number;
}

/** One connection of a client; it ends, and another one may follow in the same session. */
export interface Link {
  deliver(message: Outgoing, ack: () => void): void;
  lost(reason: "cut" | "taken-over"): void;
  will?: Publication | undefined;
}

/** What a broker remembers of a client: MQTT 3.1.1 §3.1.2.4. */
export interface Session {
  readonly clientId: string;
  readonly filters: Set<string>;
  readonly clean: boolean;
  link: Link | undefined;
  /** Sends it, or keeps it until the client is back and has room (QoS 1), or drops it (QoS 0). */
  offer(message: Outgoing): void;
  attach(link: Link): void;
  /** The connection is gone: what was not acknowledged will be sent again. */
  detach(): void;
}

/** `window`: messages that may be unacknowledged at a time (MQTT 5 receive maximum, §3.3.4). */
export function openSession(clientId: string, clean: boolean, window: number, now: () => number): Session {
  const waiting: Outgoing[] = [];
  const inFlight = new Set<Outgoing>();
  const session: Session = { clientId, clean, filters: new Set(), link: undefined, offer, attach, detach };

  function offer(message: Outgoing): void {
    if (message.publication.qos === 0) {
      session.link?.deliver(message, () => {});
      return;
    }
    waiting.push(message);
    pump();
  }

  function pump(): void {
    const { link } = session;
    while (link && session.link === link && inFlight.size < window && waiting.length > 0) {
      const message = waiting.shift()!;
      if (message.expiresAt <= now()) continue;
      inFlight.add(message);
      link.deliver(message, () => {
        if (session.link === link && inFlight.delete(message)) pump();
      });
    }
  }

  function attach(link: Link): void {
    session.link = link;
    pump();
  }

  function detach(): void {
    session.link = undefined;
    waiting.unshift(...inFlight);
    inFlight.clear();
  }

  return session;
}
