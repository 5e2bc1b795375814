/** Message transport: MQTT, or memory in tests. */

export interface Delivery {
  topic: string;
  payload: Uint8Array;
  /** The broker kept this message from before the subscription (MQTT 3.1.1 §3.3.1.3). */
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
  override readonly name = "PublishRefused";
}

/** The connection ended while this was on its way: whether the broker has it is not known. */
export class LinkLost extends Error {
  override readonly name = "LinkLost";
}

export type ConnectionState =
  | { state: "connecting" }
  | { state: "connected"; protocol: string; sessionPresent: boolean }
  /** `refused`: the broker was reached and said no (credentials, client id, protocol). It is tried again all the same. */
  | { state: "disconnected"; reason: string; refused: boolean }
  /** Another client took this client id: this one must stop (MQTT 5 §3.14.2.1, reason 0x8E). */
  | { state: "taken-over" };

export interface Transport {
  /** Starts connecting and goes on trying until `close`. Calls `onState` on every change. */
  start(onState: (state: ConnectionState) => void): void;
  /**
   * Resolves once the broker granted the subscription (SUBACK), and keeps it over reconnects. Rejects when the
   * broker refuses it. At QoS 0 (default 1) the broker keeps nothing while the client is away.
   */
  subscribe(filters: string[], onDelivery: (delivery: Delivery) => void, qos?: 0 | 1): Promise<void>;
  /**
   * QoS 1: waits for a connection and resolves when the broker took it over (PUBACK). QoS 0: resolves when it was
   * sent, or dropped since there is no connection. Rejects with {@link PublishRefused}, {@link LinkLost}, or when closed.
   */
  publish(publication: Publication): Promise<void>;
  /** Disconnects in an orderly way (no Last Will). What was not acknowledged stays with the broker. */
  close(): Promise<void>;
}
