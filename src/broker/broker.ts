import type { Duplex } from "node:stream";
import { Aedes } from "aedes";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { AedesClient } from "./aedes-internals.ts";
import { openConnections } from "./connections.ts";
import { type Durability, openDatabase } from "./database.ts";
import { type SessionExpiry, sessionExpiry } from "./expiry.ts";
import { acceptance, aedesPersistence, type Credentials, hooks } from "./hooks.ts";
import { sqlitePersistence } from "./persistence.ts";
import type { Counters } from "./session.ts";
import { openSessions, type Sessions } from "./sessions.ts";
import { type Listener, listenTcp } from "./tcp-listener.ts";
import { listenWebSocket } from "./ws-listener.ts";

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
  const { log, now, maxPacketBytes, window } = options;
  const counters: Counters = { received: 0, delivered: 0, dropped: 0 };
  const connections = openConnections(options.maxConnections, log);
  const database = openDatabase({ ...options, onRollback });
  const store = sqlitePersistence(database);
  const sessions = openSessions({ store, log, counters, window, maxCleanBytes: MAX_CLEAN_BYTES });
  const expiry = sessionExpiry(database, options.sessionExpirySeconds, now);
  const listeners: Listener[] = [];
  const aedes = await Aedes.createBroker({
    persistence: aedesPersistence(store, sessions),
    heartbeatInterval: options.heartbeatMs,
    ...hooks({ sessions, accept: acceptance(store, sessions), counters, auth: options.auth }),
  });
  follow(aedes, sessions, expiry, log);
  const sweeper = setInterval(() => void sweep(), SWEEP_MS);
  sweeper.unref();

  /** Nothing of the last moments was kept and nobody was told otherwise: clients come again and repeat it. */
  function onRollback(error: unknown): void {
    log.error({ err: error }, "the broker could not store messages; every client was disconnected");
    connections.cutAll();
  }

  async function sweep(): Promise<void> {
    for (const id of expiry.expired(sessions.isConnected)) {
      await store.forget({ id });
      log.info({ client: id }, "the session of a client that stayed away was forgotten");
    }
  }

  function serve(stream: Duplex, from: string): void {
    if (connections.admit(stream, from)) limitPackets(aedes.handle(stream) as AedesClient, maxPacketBytes);
  }

  async function open(listener: Promise<Listener>): Promise<number> {
    const opened = await listener;
    listeners.push(opened);
    return opened.port;
  }

  async function close(): Promise<void> {
    clearInterval(sweeper);
    const stopped = listeners.map((listener) => listener.close());
    await new Promise<void>((resolve) => aedes.close(resolve));
    connections.cutAll();
    await Promise.all(stopped);
    database.close();
  }

  return {
    /** Ports: 0 takes any free one. When one cannot be had, all of the broker is closed again. */
    async listen(host: string, tcpPort: number, wsPort: number | undefined) {
      try {
        const port = await open(listenTcp(host, tcpPort, serve));
        if (wsPort === undefined) return { port, webSocketPort: undefined };
        return { port, webSocketPort: await open(listenWebSocket(host, wsPort, maxPacketBytes, serve)) };
      } catch (error) {
        await close();
        throw error;
      }
    },
    sweep,
    stats: () => ({
      ...counters,
      connections: connections.count(),
      sessions: expiry.count(),
      retained: store.retainedCount(),
      queued: store.queues.count(),
      bytes: database.bytes(),
    }),
    close,
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
  const cut = (client: { id?: string }, err: Error) =>
    log.debug({ client: client.id, err }, "client cut off");
  aedes.on("clientError", cut);
  aedes.on("connectionError", cut);
  // aedes emits what it can tell no client; without a listener that would end the process.
  aedes.addListener("error", (error) => log.error({ err: toError(error) }, "broker error"));
}

/** Cuts a client off as soon as it announces a packet that is too long. */
function limitPackets(client: AedesClient, maxBytes: number): void {
  const parser = client._parser;
  const parse = parser.parse.bind(parser);
  parser.parse = (chunk) => {
    const rest = parse(chunk);
    const { length } = parser.packet;
    if (length > maxBytes) {
      client.emit("error", new Error(`a packet of ${length} bytes: at most ${maxBytes} are taken`));
    }
    return rest;
  };
}
