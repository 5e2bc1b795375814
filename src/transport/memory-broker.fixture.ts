import { plainFilter, topicMatches } from "../protocol/topics.ts";
import { type Publication, PublicationTooLarge, PublishRefused } from "../runtime/ports/transport.ts";
import { type Link, type Outgoing, openSession, type Session } from "./memory-session.fixture.ts";

export interface MemoryBrokerOptions {
  /** Message expiry goes by it; ms since 1970. */
  now?: () => number;
  /** Larger messages are refused; default: no limit. */
  maxBytes?: number;
  /** Refuses what a client may not do, as a broker's access list does. */
  allow?(clientId: string, action: "publish" | "subscribe", topic: string): boolean;
}

/** The broker's side of a connection. */
export interface Connection {
  sessionPresent: boolean;
  subscribe(filters: string[]): void;
  unsubscribe(filters: string[]): void;
  /** Throws {@link PublishRefused}. */
  publish(publication: Publication): void;
  /** `orderly`: no Last Will (MQTT 3.1.1 §3.14.4). */
  disconnect(orderly: boolean): void;
}

/** Routing, sessions and retained messages; the clients are in memory.ts. */
export function brokerCore({ now = Date.now, maxBytes = Infinity, allow = () => true }: MemoryBrokerOptions) {
  const sessions = new Map<string, Session>();
  const retained = new Map<string, Outgoing>();
  const published: Publication[] = [];
  const turns = new Map<string, number>();

  const live = (): [string, Outgoing][] => [...retained].filter(([, message]) => message.expiresAt > now());

  function check(clientId: string, { topic, payload }: Publication): void {
    if (topic === "" || /[+#\0]/.test(topic)) throw new PublishRefused(`"${topic}" is not a topic name`);
    if (!allow(clientId, "publish", topic)) throw new PublishRefused(`not authorised to publish to ${topic}`);
    if (Buffer.byteLength(payload) > maxBytes) throw new PublicationTooLarge("the message is too large");
  }

  function route(publication: Publication): void {
    published.push(publication);
    const expiresAt = now() + (publication.expirySeconds ?? Infinity) * 1000;
    if (publication.retain) {
      if (publication.payload === "") retained.delete(publication.topic);
      else retained.set(publication.topic, { publication, retained: true, expiresAt });
    }
    for (const session of takers(publication.topic)) {
      session.offer({ publication, retained: false, expiresAt });
    }
  }

  /** Every session that subscribed itself, and one of each group that shares a subscription. */
  function takers(topic: string): Set<Session> {
    const takers = new Set<Session>();
    const groups = new Map<string, Session[]>();
    for (const session of sessions.values()) {
      for (const filter of session.filters) {
        if (!topicMatches(plainFilter(filter), topic)) continue;
        if (filter === plainFilter(filter)) takers.add(session);
        else groups.set(filter, [...(groups.get(filter) ?? []), session]);
      }
    }
    for (const [filter, members] of groups) takers.add(nextOf(filter, members));
    return takers;
  }

  function nextOf(filter: string, members: Session[]): Session {
    const present = members.filter((member) => member.link);
    const choice = present.length > 0 ? present : members;
    const turn = turns.get(filter) ?? 0;
    turns.set(filter, turn + 1);
    return choice[turn % choice.length]!;
  }

  function subscribe(session: Session, filters: string[]): void {
    const refused = filters.find((filter) => !allow(session.clientId, "subscribe", filter));
    if (refused) throw new Error(`the broker refused the subscription to ${refused}`);
    for (const filter of filters) {
      session.filters.add(filter);
      for (const [topic, message] of live()) if (topicMatches(filter, topic)) session.offer(message);
    }
  }

  function end(session: Session, link: Link, orderly: boolean): void {
    if (session.link !== link) return;
    session.detach();
    if (session.clean) sessions.delete(session.clientId);
    if (!orderly && link.will) route(link.will);
  }

  function connect(clientId: string, clean: boolean, window: number, link: Link): Connection {
    const before = sessions.get(clientId);
    if (before?.link) {
      const loser = before.link;
      end(before, loser, false);
      loser.lost("taken-over");
    }
    const kept = clean ? undefined : sessions.get(clientId);
    const session = kept ?? openSession(clientId, clean, window, now);
    sessions.set(clientId, session);
    session.attach(link);
    return {
      sessionPresent: kept !== undefined,
      subscribe: (filters) => subscribe(session, filters),
      unsubscribe(filters) {
        for (const filter of filters) session.filters.delete(filter);
      },
      publish(publication) {
        check(clientId, publication);
        route(publication);
      },
      disconnect: (orderly) => end(session, link, orderly),
    };
  }

  function cut(clientId: string): void {
    const session = sessions.get(clientId);
    const link = session?.link;
    if (!session || !link) return;
    end(session, link, false);
    link.lost("cut");
  }

  const subscribers = (topic: string): number =>
    [...sessions.values()].filter((s) => [...s.filters].some((f) => topicMatches(plainFilter(f), topic)))
      .length;

  return { connect, cut, route, published, sessions, live, subscribers };
}
