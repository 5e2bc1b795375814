/** Message transport: MQTT, or memory in tests. */

export interface Delivery {
  topic: string;
  payload: Uint8Array;
  /** The broker kept this message from before the subscription (MQTT 3.1.1 §3.3.1.3); see also {@link SubscribeOptions}. */
  retained: boolean;
  /**
   * Takes the message over from the broker (PUBACK). Until then the broker keeps it and, if the connection is
   * lost, delivers it again. Calling it twice, or after the connection was lost, does nothing.
   */
  ack(): void;
}

export interface Publication {
  topic: string;
  payload: string;
  qos: 0 | 1;
  retain?: boolean;
  /** MQTT 5 only: the broker forgets the message after this many seconds. */
  expirySeconds?: number;
}

/** The broker refused this publication for good (not authorised, topic invalid, too large): retrying is useless. */
export class PublishRefused extends Error {
  override readonly name: string = "PublishRefused";
}

/** It is larger than what the broker takes; a smaller one in its place would go through. */
export class PublicationTooLarge extends PublishRefused {
  override readonly name = "PublicationTooLarge";
}

/** The connection ended while this was on its way: whether the broker has it is not known. */
export class LinkLost extends Error {
  override readonly name = "LinkLost";

  constructor(
    message: string,
    /**
     * Whether it is what the broker closed the connection for, as far as can be told: the broker took others on that
     * connection, and this one was larger than all of them and all that was lost with it. MQTT 3.1.1 knows no other way
     * to refuse a message for its size; once is no proof.
     */
    readonly suspect: boolean,
  ) {
    super(message);
  }
}

export type ConnectionState =
  | { state: "connecting" }
  | { state: "connected"; protocol: string; sessionPresent: boolean }
  /** `refused`: the broker was reached and said no (credentials, client id, protocol). It is tried again all the same. */
  | { state: "disconnected"; reason: string; refused: boolean }
  /**
   * Another client took this client id (MQTT 5 §3.14.2.1, reason 0x8E): nothing is delivered here any more.
   * `connected`: what is published leaves all the same, over a connection with an id of its own; `reason`: why it does not.
   */
  | { state: "taken-over"; connected: boolean; reason?: string };

export interface SubscribeOptions {
  /** Default 1. At 0 the broker keeps nothing while the client is away. */
  qos?: 0 | 1;
  /**
   * MQTT 5: a message that was published to be kept is told as `retained` also when it comes at once (§3.8.3.1).
   * In 3.1.1 that cannot be known (§3.3.1.3).
   */
  retainAsPublished?: boolean;
  /** Holds only on the connection of one whose client id was taken, and not on the others. */
  whenTakenOver?: boolean;
}

export interface Transport {
  /** Starts connecting and goes on trying until `close`. Calls `onState` on every change. */
  start(onState: (state: ConnectionState) => void): void;
  /**
   * Resolves once the broker granted the subscription (SUBACK), and keeps it over reconnects. Rejects when the
   * broker refuses it.
   */
  subscribe(
    filters: string[],
    onDelivery: (delivery: Delivery) => void,
    options?: SubscribeOptions,
  ): Promise<void>;
  /**
   * The broker delivers nothing new for these filters; what it has for this client already still comes. Resolves when
   * it said so (UNSUBACK), at once when there is no connection. May be repeated: each time is a round trip to the broker.
   */
  unsubscribe(filters: string[]): Promise<void>;
  /** After "taken-over": connects again with the client id that was taken, and takes it from whoever has it. */
  takeBack(): void;
  /**
   * QoS 1: waits for a connection and resolves when the broker took it over (PUBACK). QoS 0: resolves when it was
   * sent, or dropped since there is no connection. Rejects with {@link PublishRefused} ({@link PublicationTooLarge}
   * before it is sent where the broker said how much it takes), {@link LinkLost}, or when closed.
   */
  publish(publication: Publication): Promise<void>;
  /** Disconnects in an orderly way (no Last Will). What was not acknowledged stays with the broker. */
  close(): Promise<void>;
}
