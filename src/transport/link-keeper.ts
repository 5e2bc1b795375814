import { backoffDelay } from "../base/backoff.ts";
import type { Logger } from "../log/logger.ts";
import type { ConnectionState, Delivery } from "../runtime/ports/transport.ts";
import type { MqttVersion } from "./connect-options.ts";
import type { Link, LinkEvents } from "./link.ts";
import { linkGate } from "./link-gate.ts";
import { isProtocolRefused, whyDisconnected } from "./reasons.ts";

export interface LinkKeeperOptions {
  /** Opens one connection; `leaving`: that of one whose client id was taken. */
  dial(version: MqttVersion, events: LinkEvents, leaving: boolean): Link;
  /** Goes on as one that leaves when the client id is taken; else that is the end. */
  handsOver: boolean;
  protocol: "auto" | "5" | "3.1.1";
  /** The broker's address, for people. */
  broker: string;
  clientId: string;
  log: Logger;
  /** A connection was made. */
  onLink(link: Link, leaving: boolean): void;
  onDelivery(delivery: Delivery): void;
}

const RECONNECT = { firstMs: 100, maxMs: 10_000 };
/** A connection that ends sooner counts as a failure: the back-off goes on growing. */
const STABLE_MS = 5_000;
/** More such connections in a row have a reason. */
const FLAPPING = 3;

/** Keeps a connection: dials again with back-off when it is lost, and falls back from MQTT 5 to 3.1.1. */
export function keepLink({ dial, handsOver, protocol, broker, clientId, log, ...on }: LinkKeeperOptions) {
  const gate = linkGate();
  const version = versionChoice({ protocol, broker, log });
  let onState: (state: ConnectionState) => void = () => {};
  let link: Link | undefined;
  let ended = false;
  /** Another client has the id. */
  let leaving = false;
  const redial = redialer(connect);

  function connect(): void {
    if (!leaving) onState({ state: "connecting" });
    const events = { onConnected, onDelivery: on.onDelivery, onTakenOver, onClosed };
    link = dial(version.current(), events, leaving);
  }

  const onConnected = (sessionPresent: boolean): void => {
    gate.open(link!);
    on.onLink(link!, leaving); // first of all, so that nobody is told of this client before it listens
    if (leaving) onState({ state: "taken-over", connected: true });
    else onState({ state: "connected", protocol: version.name(), sessionPresent });
  };

  const onTakenOver = (): void => {
    // The id of one that leaves is nobody else's: where it is taken all the same, the next would be, too.
    if (leaving || !handsOver) ended = true;
    leaving = true;
    onState({ state: "taken-over", connected: false });
  };

  const onClosed = (error: Error | undefined): void => {
    const livedMs = gate.shut();
    if (ended) gate.wallUp();
    else if (error && version.fallBack(error)) connect();
    else {
      const { flapping } = redial.after(livedMs);
      const why = whyDisconnected(error, broker, flapping && !leaving ? clientId : undefined);
      if (leaving) onState({ state: "taken-over", connected: false, reason: why.reason });
      else onState({ state: "disconnected", ...why });
    }
  };

  return {
    current: gate.current,
    connected: gate.connected,
    start(listener: (state: ConnectionState) => void): void {
      if (link || ended) return;
      onState = listener;
      connect();
    },
    /** Takes the client id from whoever took it. */
    takeBack(): void {
      if (!leaving || ended) return;
      leaving = false;
      void link?.close(); // what comes after it is the connection with the own id
    },
    async close(): Promise<void> {
      ended = true;
      redial.cancel();
      gate.wallUp();
      await link?.close();
    },
  };
}

/** The version of MQTT that is spoken. */
function versionChoice({ protocol, broker, log }: Pick<LinkKeeperOptions, "protocol" | "broker" | "log">) {
  let version: MqttVersion = protocol === "3.1.1" ? 4 : 5;
  return {
    current: () => version,
    name: () => (version === 5 ? "5" : "3.1.1"),
    /** Whether another one is spoken from now on, since the broker does not know this one. */
    fallBack(error: Error): boolean {
      const falls = protocol === "auto" && version === 5 && isProtocolRefused(error);
      if (falls) {
        version = 4;
        log.debug({ broker }, "the broker does not speak MQTT 5; falling back to 3.1.1");
      }
      return falls;
    },
  };
}

/** Dials again, the later the more connections failed in a row. */
function redialer(connect: () => void) {
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    /** After a connection of so many ms; undefined: none came about. */
    after(livedMs: number | undefined) {
      failures = livedMs !== undefined && livedMs >= STABLE_MS ? 0 : failures + 1;
      timer = setTimeout(connect, backoffDelay(RECONNECT, failures));
      return { flapping: livedMs !== undefined && failures > FLAPPING };
    },
    cancel: (): void => clearTimeout(timer),
  };
}
