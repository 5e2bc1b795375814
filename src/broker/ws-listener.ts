import { Duplex } from "node:stream";
import type { ServerWebSocket } from "bun";
import { listenError } from "../base/listen-error.ts";
import type { Listener } from "./tcp-listener.ts";

interface Connection {
  from: string;
  stream?: Duplex;
  /** Called when the socket took what was written. */
  drained?: (() => void) | undefined;
}

/** Listens for MQTT over WebSocket (MQTT 3.1.1 §6); port 0: any free one. */
export async function listenWebSocket(
  host: string,
  port: number,
  maxPacketBytes: number,
  onStream: (stream: Duplex, from: string) => void,
): Promise<Listener> {
  const open = () =>
    Bun.serve<Connection>({
      hostname: host,
      port,
      development: false,
      reusePort: false, // true by default when not in development
      fetch(request, server) {
        const from = server.requestIP(request)?.address ?? "";
        const headers = { "Sec-WebSocket-Protocol": "mqtt" };
        if (server.upgrade(request, { data: { from }, headers })) return undefined;
        return new Response("Connect with MQTT over WebSocket.\n", {
          status: 426,
          headers: { Upgrade: "websocket" },
        });
      },
      websocket: {
        maxPayloadLength: maxPacketBytes + 5, // and the fixed header
        idleTimeout: 0, // MQTT has its own keep-alive
        open(socket) {
          const stream = duplex(socket);
          socket.data.stream = stream;
          onStream(stream, socket.data.from);
        },
        message: ({ data }, message) => void data.stream?.push(Buffer.from(message)),
        drain: ({ data }) => data.drained?.(),
        close({ data }) {
          data.stream?.push(null);
          data.stream?.destroy();
        },
      },
    });
  try {
    const server = open();
    return { port: server.port ?? port, close: () => server.stop() };
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function duplex(socket: ServerWebSocket<Connection>): Duplex {
  const send = (chunk: Buffer, done: () => void): void => {
    const sent = socket.sendBinary(chunk);
    // -1: taken, but the socket's buffer is full until `drain`.
    if (sent === -1) socket.data.drained = done;
    else done();
  };
  return new Duplex({
    read() {},
    write: (chunk: Buffer, _, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
    destroy(error, done) {
      socket.data.drained?.();
      socket.close();
      done(error);
    },
  });
}
