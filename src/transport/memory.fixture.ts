import { plainFilter, topicMatches } from "../protocol/topics.ts";
import type { ConnectionState, Delivery, Publication, Transport } from "../runtime/ports/transport.ts";
import { brokerCore, type Connection, type MemoryBrokerOptions } from "./memory-broker.fixture.ts";
import type { Link, Outgoing } from "./memory-session.fixture.ts";

export interface MemoryClientOptions {
  clientId: string;
  /** Whether the broker forgets subscriptions and waiting messages on disconnect. */
  clean?: boolean;
  /** Unacknowledged messages the broker may have on the way here. */
  receiveMaximum?: number;
  will?: Publication;
  /** As with MqttOptions. */
  handsOver?: boolean;
}

/**
 * A message broker in this process with MQTT's semantics: sessions, QoS 1 with redelivery of what was not
 * acknowledged, retained messages, wildcards, wills, shared subscriptions, take-over of a client id. Nothing happens
 * within a call: messages and acknowledgements come in later microtasks, as they would from a network.
 */
export interface MemoryBroker {
  client(options: MemoryClientOptions): Transport;
  /** A publication by nobody in particular. */
  publish(publication: Publication): void;
  /** All that was published, oldest first. */
  readonly published: readonly Publication[];
  /** Payloads of the retained messages by topic. */
  retained(): Record<string, string>;
  /** How many clients have a subscription that takes in this topic. */
  subscribers(topic: string): number;
  /** Loses a client's connection as a network failure does; the client is back a moment later. */
  cut(clientId: string): void;
  /** Loses all connections; nobody gets in until `up`. */
  down(): void;
  up(): void;
}

export function memoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  const core = brokerCore(options);
  const gate: Gate = { open: true, waiting: new Set() };
  return {
    client: (clientOptions) => memoryClient(core.connect, gate, clientOptions),
    publish: core.route,
    published: core.published,
    retained: () =>
      Object.fromEntries(core.live().map(([topic, { publication }]) => [topic, publication.payload])),
    subscribers: core.subscribers,
    cut: core.cut,
    down() {
      gate.open = false;
      for (const clientId of [...core.sessions.keys()]) core.cut(clientId);
    },
    up() {
      gate.open = true;
      const waiting = [...gate.waiting];
      gate.waiting.clear();
      for (const reconnect of waiting) reconnect();
    },
  };
}

/** Whether the broker can be reached, and who knocks. */
interface Gate {
  open: boolean;
  waiting: Set<() => void>;
}

interface Subscription {
  filters: string[];
  retainAsPublished: boolean;
  whenTakenOver: boolean;
  over: boolean;
  onDelivery(delivery: Delivery): void;
  granted: PromiseWithResolvers<void>;
}

function memoryClient(
  connect: ReturnType<typeof brokerCore>["connect"],
  gate: Gate,
  { clientId, clean = true, receiveMaximum = 65_535, will, handsOver = false }: MemoryClientOptions,
): Transport {
  const subscriptions: Subscription[] = [];
  const unsent = new Set<{ publication: Publication; taken: PromiseWithResolvers<void> }>();
  let onState: ((state: ConnectionState) => void) | undefined;
  let connection: Connection | undefined;
  let current: Link | undefined;
  let ended = false;
  /** Another client has the id. */
  let leaving = false;

  /** Each connection has its own, so that an acknowledgement of an earlier one does nothing. */
  function newLink(): Link {
    const link: Link = {
      will: leaving ? undefined : will,
      deliver: (message, ack) => queueMicrotask(() => current === link && receive(message, ack)),
      lost(reason) {
        connection = undefined;
        current = undefined;
        if (reason === "taken-over") {
          ended = !handsOver;
          leaving = true;
        }
        onState?.(
          leaving
            ? { state: "taken-over", connected: false }
            : { state: "disconnected", reason: "the connection was lost", refused: false },
        );
        queueMicrotask(knock);
      },
    };
    return link;
  }

  function receive({ publication, retained }: Outgoing, ack: () => void): void {
    const { topic, payload, retain = false } = publication;
    const takers = subscriptions.filter((s) => s.filters.some((f) => topicMatches(plainFilter(f), topic)));
    if (takers.length === 0) ack(); // left over from an earlier session's subscription
    for (const { onDelivery, retainAsPublished } of takers) {
      const told = retained || (retainAsPublished && retain);
      onDelivery({ topic, payload: Buffer.from(payload), retained: told, ack });
    }
  }

  function knock(): void {
    if (ended || connection) return;
    if (!gate.open) {
      gate.waiting.add(knock);
      return;
    }
    current = newLink();
    connection = leaving
      ? connect(`${clientId}-leaving`, true, receiveMaximum, current)
      : connect(clientId, clean, receiveMaximum, current);
    onState?.(
      leaving
        ? { state: "taken-over", connected: true }
        : { state: "connected", protocol: "memory", sessionPresent: connection.sessionPresent },
    );
    for (const subscription of subscriptions) {
      if (subscription.whenTakenOver === leaving && !subscription.over) request(subscription);
    }
    for (const entry of unsent) send(entry.publication, entry.taken);
    unsent.clear();
  }

  function request({ filters, granted }: Subscription): void {
    try {
      connection!.subscribe(filters);
      granted.resolve();
    } catch (error) {
      granted.reject(error);
    }
  }

  function send(publication: Publication, taken: PromiseWithResolvers<void>): void {
    try {
      connection!.publish(publication);
      queueMicrotask(taken.resolve);
    } catch (error) {
      taken.reject(error);
    }
  }

  return {
    start(listener) {
      if (onState) return;
      onState = listener;
      onState({ state: "connecting" });
      queueMicrotask(knock);
    },
    subscribe(filters, onDelivery, { retainAsPublished = false, whenTakenOver = false } = {}) {
      const granted = Promise.withResolvers<void>();
      const subscription = { filters, onDelivery, retainAsPublished, whenTakenOver, over: false, granted };
      subscriptions.push(subscription);
      if (connection && !whenTakenOver) queueMicrotask(() => connection && request(subscription));
      return subscription.granted.promise;
    },
    async unsubscribe(filters) {
      for (const one of subscriptions) {
        if (one.filters.every((filter) => filters.includes(filter))) one.over = true;
      }
      connection?.unsubscribe(filters);
      await new Promise((resolve) => setImmediate(resolve)); // what was delivered before comes before
    },
    takeBack() {
      if (!leaving || ended) return;
      leaving = false;
      connection?.disconnect(true);
      connection = undefined;
      current = undefined;
      queueMicrotask(knock);
    },
    publish(publication) {
      const taken = Promise.withResolvers<void>();
      if (ended) taken.reject(new Error("the connection was closed"));
      else if (connection) send(publication, taken);
      else if (publication.qos === 0) taken.resolve();
      else unsent.add({ publication, taken });
      return taken.promise;
    },
    async close() {
      ended = true;
      connection?.disconnect(true);
      connection = undefined;
      current = undefined;
      gate.waiting.delete(knock);
      for (const { taken } of unsent) taken.reject(new Error("the connection was closed"));
      unsent.clear();
    },
  };
}
