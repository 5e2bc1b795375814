import type { Client } from "aedes";
import type { Packet, QoS } from "./message.ts";

export type Deliver = (packet: Packet, done: () => void) => void;

/**
 * What the broker uses of an aedes 1.2.0 client beyond its types. aedes is pinned to that version, and the tests of
 * this folder fail when one of these is gone.
 */
export interface AedesClient extends Client {
  /** Called for each matching message of a QoS 0 subscription; looked up when a subscription is made. */
  deliver0: Deliver;
  /** The same for QoS 1 and 2. */
  deliverQoS: Deliver;
  /** The client may be sent messages. */
  connackSent: boolean;
  /** By topic filter. */
  subscriptions: Record<string, { qos: QoS }>;
  _parser: {
    /** The packet that is being read; `length` is its remaining length, -1 before that is known. */
    packet: { length: number };
    parse(chunk: Buffer): number;
  };
}
