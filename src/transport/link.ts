import type { IClientOptions, MqttClient } from "mqtt";
import { type Delivery, LinkLost, type Publication, PublishRefused } from "../runtime/ports/transport.ts";
import { watchDeliveries } from "./deliveries.ts";
import { publishError, TAKEN_OVER } from "./reasons.ts";

/** How long an orderly goodbye may take before the socket is just closed. */
const GOODBYE_MS = 2_000;

/** Of a PUBLISH: fixed header, lengths, packet id and the one property that is used. */
const MAX_HEADER_BYTES = 16;

export interface LinkEvents {
  onConnected(sessionPresent: boolean): void;
  onDelivery(delivery: Delivery): void;
  onTakenOver(): void;
  /** Once, at the end; `error` says why, if anything does. */
  onClosed(error: Error | undefined): void;
}

/** One connection, from the first byte to the last. What was on its way when it ends is rejected with LinkLost. */
export interface Link {
  /** Resolves on SUBACK; rejects with {@link SubscriptionRefused}. */
  subscribe(filters: string[], qos: 0 | 1): Promise<void>;
  publish(publication: Publication): Promise<void>;
  close(): Promise<void>;
}

/** The broker does not let this client read these topics. */
export class SubscriptionRefused extends Error {
  override readonly name = "SubscriptionRefused";
}

export function openLink(
  open: (options: IClientOptions) => MqttClient,
  options: IClientOptions,
  events: LinkEvents,
): Link {
  // Reconnecting is not mqtt.js's affair: it would send again what may be what broke the connection. Its write cache
  // are 65,536 buffers, made with the first client: 4 ms and 6 MB, for nothing that could be measured.
  const own = { reconnectPeriod: 0, resubscribe: false, queueQoSZero: false, writeCache: false };
  const client = open({ ...options, ...own });
  /** What is on its way: how to reject it. */
  const underWay = new Set<(error: Error) => void>();
  let lost: LinkLost | undefined;
  let error: Error | undefined;
  let maxPacketBytes = Number.POSITIVE_INFINITY;

  watchDeliveries(client, events.onDelivery);
  client.on("connect", ({ sessionPresent, properties }) => {
    maxPacketBytes = properties?.maximumPacketSize ?? maxPacketBytes;
    events.onConnected(sessionPresent);
  });
  client.on("error", (thrown) => {
    error = thrown;
  });
  client.on("disconnect", ({ reasonCode }) => {
    if (reasonCode === TAKEN_OVER) events.onTakenOver();
  });
  client.once("close", () => {
    client.end(true);
    lost = new LinkLost("the connection to the broker was lost");
    for (const reject of underWay) reject(lost);
    underWay.clear();
    events.onClosed(error);
  });

  /** The outcome of one exchange, or the loss of the connection if that comes first. */
  const exchange = (begin: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (lost) return reject(lost);
      underWay.add(reject);
      begin((failure) => {
        underWay.delete(reject);
        if (failure) reject(failure);
        else resolve();
      });
    });

  return {
    subscribe: (filters, qos) =>
      exchange((done) => {
        client.subscribe(filters, { qos }, (failure, grants, packet) => {
          const codes = packet?.granted ?? grants?.map((grant) => grant.qos) ?? [];
          const refused = filters.find((_, i) => Number(codes[i] ?? 0) >= 0x80);
          done(
            refused === undefined
              ? failure
              : new SubscriptionRefused(`the broker refuses the subscription to ${refused}`),
          );
        });
      }),
    async publish({ topic, payload, qos, retain = false, expirySeconds }) {
      // The broker would close the connection (MQTT 5 §3.2.2.3.6).
      const bytes = MAX_HEADER_BYTES + Buffer.byteLength(topic) + Buffer.byteLength(payload);
      if (bytes > maxPacketBytes)
        throw new PublishRefused(
          `the broker takes at most ${maxPacketBytes} bytes, the message has ${bytes}`,
        );
      await exchange((done) => {
        const withExpiry = options.protocolVersion === 5 && expirySeconds !== undefined;
        const properties = withExpiry ? { properties: { messageExpiryInterval: expirySeconds } } : {};
        client.publish(topic, payload, { qos, retain, ...properties }, (failure) =>
          done(failure ? publishError(failure) : undefined),
        );
      });
    },
    async close() {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => client.end(true, () => resolve()), GOODBYE_MS);
      client.end(!client.connected, () => resolve());
      await closed;
      clearTimeout(timer);
    },
  };
}
