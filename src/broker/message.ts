export type QoS = 0 | 1 | 2;

/** A message as aedes hands it on (aedes-packet). */
export interface Packet {
  cmd?: string;
  topic: string;
  payload: Buffer | string;
  qos: QoS;
  retain: boolean;
  dup?: boolean;
  brokerId?: string | null;
  brokerCounter?: number;
  messageId?: number | undefined;
  clientId?: string;
}

export interface Subscription {
  topic: string;
  qos: QoS;
  rh?: number;
  rap?: boolean;
  nl?: boolean;
  subscriptionIdentifier?: number;
}

/** A subscription as the index finds it. */
export interface Subscriber extends Subscription {
  clientId: string;
}

export interface ClientId {
  id: string;
}

/** SQLite gives a blob as a plain Uint8Array; text stays text. */
export function asPayload(stored: Uint8Array | string | null): Buffer | string {
  if (typeof stored === "string") return stored;
  return stored ? Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength) : Buffer.alloc(0);
}
