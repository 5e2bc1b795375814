import type { IClientOptions, MqttClient } from "mqtt";
import { ExpectedError } from "../base/errors.ts";
import { isShared } from "../protocol/topics.ts";
import { type Delivery, type Publication, PublicationTooLarge } from "../runtime/ports/transport.ts";
import { watchDeliveries } from "./deliveries.ts";
import { exchanges } from "./exchanges.ts";
import { isRefusal, PACKET_TOO_LARGE, publishError, TAKEN_OVER } from "./reasons.ts";

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

export interface LinkSubscription {
  filters: string[];
  qos: 0 | 1;
  /** MQTT 5 only. */
  retainAsPublished: boolean;
}

/** One connection, from the first byte to the last. What was on its way when it ends is rejected with LinkLost. */
export interface Link {
  /** Resolves on SUBACK; rejects with {@link SubscriptionRefused}. */
  subscribe(subscription: LinkSubscription): Promise<void>;
  /** Resolves on UNSUBACK. */
  unsubscribe(filters: string[]): Promise<void>;
  publish(publication: Publication): Promise<void>;
  close(): Promise<void>;
}

/** The broker does not let this client read these topics, or cannot share them out. */
export class SubscriptionRefused extends ExpectedError {
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
  const underWay = exchanges();
  let maxPacketBytes = Number.POSITIVE_INFINITY;
  let shares = options.protocolVersion === 5;

  watchDeliveries(client, events.onDelivery);
  client.on("connect", ({ sessionPresent, properties }) => {
    maxPacketBytes = properties?.maximumPacketSize ?? maxPacketBytes;
    shares &&= properties?.sharedSubscriptionAvailable !== false; // MQTT 5 §3.2.2.3.13
    events.onConnected(sessionPresent);
  });
  watchEnd(client, events, underWay.end);

  return {
    async subscribe(subscription) {
      if (!shares && subscription.filters.some(isShared)) throw cannotShare(options);
      await underWay.run(NO_PUBLICATION, (done) => subscribe(client, subscription, done));
    },
    unsubscribe: (filters) => underWay.run(NO_PUBLICATION, (done) => client.unsubscribe(filters, done)),
    async publish(publication) {
      const bytes = packetBytes(publication);
      // The broker would close the connection (MQTT 5 §3.2.2.3.6).
      if (bytes > maxPacketBytes)
        throw new PublicationTooLarge(
          `the broker takes at most ${maxPacketBytes} bytes, the message has ${bytes}`,
        );
      await underWay.run({ bytes, acknowledged: publication.qos === 1 }, (done) =>
        publish(client, publication, done),
      );
    },
    close: () => sayGoodbye(client),
  };
}

const NO_PUBLICATION = { bytes: 0, acknowledged: false };

const cannotShare = ({ protocolVersion }: IClientOptions): SubscriptionRefused =>
  new SubscriptionRefused(
    protocolVersion === 5
      ? "the broker has no shared subscriptions: several replicas cannot share one agent's tasks"
      : "several replicas can share one agent's tasks with MQTT 5 only, and this connection speaks 3.1.1",
    {
      where: "mqtt.shared_subscription",
      hint: "Use a broker that has them (Mosquitto, EMQX, HiveMQ, …), or set it to false and run one replica.",
    },
  );

/** Tells how the connection ends. `onEnd` comes first: whether the broker said that a packet was too large for it. */
function watchEnd(client: MqttClient, events: LinkEvents, onEnd: (tooLarge: boolean) => void): void {
  let error: Error | undefined;
  let reason: number | undefined;
  client.on("error", (thrown) => {
    error = thrown;
    client.end(true); // mqtt.js would leave the connection open on a packet that it cannot read, and read no other
  });
  client.on("disconnect", ({ reasonCode }) => {
    reason = reasonCode;
    if (reasonCode === TAKEN_OVER) events.onTakenOver();
  });
  client.once("close", () => {
    onEnd(reason === PACKET_TOO_LARGE);
    client.end(true);
    events.onClosed(error);
  });
}

type Done = (error?: Error | null) => void;

function subscribe(
  client: MqttClient,
  { filters, qos, retainAsPublished }: LinkSubscription,
  done: Done,
): void {
  client.subscribe(filters, { qos, rap: retainAsPublished }, (failure, grants, packet) => {
    const codes = packet?.granted ?? grants?.map((grant) => grant.qos) ?? [];
    const refused = filters.find((_, i) => Number(codes[i] ?? 0) >= 0x80);
    done(
      refused === undefined
        ? failure
        : new SubscriptionRefused(`the broker refuses the subscription to ${refused}`),
    );
  });
}

const packetBytes = ({ topic, payload }: Publication): number =>
  MAX_HEADER_BYTES + Buffer.byteLength(topic) + Buffer.byteLength(payload);

function publish(
  client: MqttClient,
  { topic, payload, qos, retain = false, expirySeconds }: Publication,
  done: Done,
): void {
  const withExpiry = client.options.protocolVersion === 5 && expirySeconds !== undefined;
  const properties = withExpiry ? { properties: { messageExpiryInterval: expirySeconds } } : {};
  client.publish(topic, payload, { qos, retain, ...properties }, (failure) => {
    if (!failure) done();
    else if (isRefusal(failure)) done(publishError(failure));
    // Any other failure is the end of the connection, which rejects all that is on its way.
  });
}

async function sayGoodbye(client: MqttClient): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => client.end(true, () => resolve()), GOODBYE_MS);
  client.end(!client.connected, () => resolve());
  await closed;
  clearTimeout(timer);
}
