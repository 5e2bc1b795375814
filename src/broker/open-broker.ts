import { isLoopbackHost, reachableHost } from "../base/hosts.ts";
import type { Logger } from "../log/logger.ts";
import type { Durability } from "../sqlite/open.ts";
import type { Credentials } from "./hooks.ts";

export interface BrokerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Listens for MQTT over WebSocket too; 0: any free one. */
  webSocketPort?: number | undefined;
  /** Folder of the state; undefined: in memory, gone with the process. */
  dir?: string | undefined;
  /** What clients must present; undefined: everybody may connect. */
  auth?: Credentials | undefined;
  log: Logger;
  /** full (default): what was acknowledged outlives a power loss; normal: it outlives the process. */
  durability?: Durability;
  maxConnections?: number;
  maxPacketBytes?: number;
  /** Messages that a client may have unacknowledged at a time (as MQTT 5 receive maximum). */
  window?: number;
  /** Seconds for which the session of a client that is away is kept; default: 7 days. */
  sessionExpirySeconds?: number;
  /** After a crash, the Last Wills of clients that do not come back go out after four of these; default: 15,000. */
  heartbeatMs?: number;
  now?: () => number;
}

export interface BrokerStats {
  connections: number;
  /** Persistent sessions, connected or not. */
  sessions: number;
  retained: number;
  /** Messages owed to persistent sessions. */
  queued: number;
  /** Messages since the start: from clients, to clients (QoS 1 and 2 when acknowledged), QoS 0 not delivered. */
  received: number;
  delivered: number;
  dropped: number;
  /** Size of the state on disk. */
  bytes: number;
}

export interface Broker {
  /** An address that clients on this machine can use. */
  url: string;
  port: number;
  webSocketPort: number | undefined;
  /** Disconnects every client, in order, and closes the state. */
  close(): Promise<void>;
  stats(): BrokerStats;
  /** Forgets the sessions that are past their time, as it does by itself every hour. */
  sweep(): Promise<void>;
}

/**
 * Opens the embedded broker (MQTT 3.1.1). What it acknowledged it keeps: with `dir`, retained messages, persistent
 * sessions and their queues outlive a crash. Throws an ExpectedError when the port or the folder is taken.
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { startBroker } = await import("./broker.ts");
  const { host, log, auth, maxPacketBytes = 1024 * 1024 } = options;
  const core = await startBroker({
    log,
    auth,
    maxPacketBytes,
    dir: options.dir,
    durability: options.durability ?? "full",
    maxConnections: options.maxConnections ?? 1000,
    window: options.window ?? 100,
    sessionExpirySeconds: options.sessionExpirySeconds ?? 7 * 86_400,
    heartbeatMs: options.heartbeatMs ?? 15_000,
    now: options.now ?? Date.now,
  });
  const listeners = await core.listen(host, options.port, options.webSocketPort);
  if (!auth && !isLoopbackHost(host)) {
    log.warn({ host }, "the broker takes connections from other machines, and asks nobody for a password");
  }
  return {
    url: `mqtt://${reachableHost(host)}:${listeners.port}`,
    port: listeners.port,
    webSocketPort: listeners.webSocketPort,
    sweep: core.sweep,
    stats: core.stats,
    close: core.close,
  };
}
