import type { Duplex } from "node:stream";
import { Aedes } from "aedes";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Durability, SqliteFile } from "../sqlite/open.ts";
import type { AedesClient } from "./aedes-internals.ts";
import { openConnections } from "./connections.ts";
import { openDatabase } from "./database.ts";
import { type SessionExpiry, sessionExpiry } from "./expiry.ts";
import { acceptance, aedesPersistence, type Credentials, hooks } from "./hooks.ts";
import { listeners } from "./listeners.ts";
import { limitPackets } from "./packet-limit.ts";
import { sqlitePersistence } from "./persistence.ts";
import type { Counters } from "./session.ts";
import { openSessions, type Sessions } from "./sessions.ts";

export interface CoreOptions {
  dir?: string | undefined;
  durability: Durability;
  auth?: Credentials | undefined;
  maxConnections: number;
  maxPacketBytes: number;
  window: number;
  sessionExpirySeconds: number;
  heartbeatMs: number;
  now: () => number;
  log: Logger;
}

/** Bytes that may wait in memory for a client with a clean session. */
const MAX_CLEAN_BYTES = 64 * 1024 * 1024;
const SWEEP_MS = 3_600_000;

/** aedes with the store, the sessions and the limits around it; listens to nothing yet. */
export async function startBroker(options: CoreOptions) {
  const { log, maxPacketBytes } = options;
  const counters: Counters = { received: 0, delivered: 0, dropped: 0 };
  const connections = openConnections(options.maxConnections, log);
  const database = openDatabase({ ...options, onFailure });
  const core = await startAedes(database, counters, options);
  const ways = listeners(maxPacketBytes, (stream, from) => {
    if (connections.admit(stream, from)) limitPackets(core.handle(stream), maxPacketBytes);
  });

  /** Nothing of the last moments was kept and nobody was told otherwise: clients come again and repeat it. */
  function onFailure(error: Error): void {
    log.error({ error }, "the broker could not store messages; every client was disconnected");
    connections.cutAll();
  }

  async function close(): Promise<void> {
    const stopped = ways.close();
    await core.close();
    connections.cutAll();
    await stopped;
    await database.close();
  }

  return {
    /** Ports: 0 takes any free one. When one cannot be had, all of the broker is closed again. */
    async listen(host: string, tcpPort: number, wsPort: number | undefined) {
      try {
        return await ways.listen(host, tcpPort, wsPort);
      } catch (error) {
        await close();
        throw error;
      }
    },
    sweep: core.sweep,
    stats: () => ({
      ...counters,
      ...core.stats(),
      connections: connections.count(),
      bytes: database.bytes(),
    }),
    close,
  };
}

async function startAedes(database: SqliteFile, counters: Counters, options: CoreOptions) {
  const { log, window, auth } = options;
  const store = sqlitePersistence(database);
  const sessions = openSessions({ store, log, counters, window, maxCleanBytes: MAX_CLEAN_BYTES });
  const expiry = sessionExpiry(database, options.sessionExpirySeconds, options.now);
  const aedes = await Aedes.createBroker({
    persistence: aedesPersistence(store, sessions),
    heartbeatInterval: options.heartbeatMs,
    ...hooks({ sessions, accept: acceptance(store, sessions), counters, auth }),
  });
  follow(aedes, sessions, expiry, log);
  const sweeper = setInterval(() => void sweep(), SWEEP_MS);
  sweeper.unref();

  async function sweep(): Promise<void> {
    for (const id of expiry.expired(sessions.isConnected)) {
      await store.forget({ id });
      log.info({ client: id }, "the session of a client that stayed away was forgotten");
    }
  }

  return {
    handle: (stream: Duplex) => aedes.handle(stream) as AedesClient,
    sweep,
    stats: () => ({
      sessions: expiry.count(),
      retained: store.retainedCount(),
      queued: store.queues.count(),
    }),
    async close(): Promise<void> {
      clearInterval(sweeper);
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}

/** Starts the sessions of clients that come, and notes those that go. */
function follow(aedes: Aedes, sessions: Sessions, expiry: SessionExpiry, log: Logger): void {
  aedes.on("clientReady", (client) => {
    sessions.start(client as AedesClient);
    if (!client.clean) expiry.seen(client.id);
    log.debug({ client: client.id, clean: client.clean }, "client connected");
  });
  aedes.on("clientDisconnect", (client) => {
    if (!client.clean && !aedes.closed) expiry.seen(client.id);
    log.debug({ client: client.id }, "client disconnected");
  });
  const cut = (client: { id?: string }, error: Error) =>
    log.debug({ client: client.id, error }, "client cut off");
  aedes.on("clientError", cut);
  aedes.on("connectionError", cut);
  // aedes emits what it can tell no client; without a listener that would end the process.
  aedes.addListener("error", (error) => log.error({ error: toError(error) }, "broker error"));
}
