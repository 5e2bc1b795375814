import { connect, createServer, type Socket } from "node:net";

/** A network between a client and a server of the loopback: as slow as wanted, and it can break. */
export interface Link {
  port: number;
  /** Drops every connection, as a cable does that is pulled. */
  cut(): void;
  /** Connections that were made so far. */
  connections(): number;
  close(): Promise<void>;
}

/** MQTT 5 DISCONNECT "session taken over": Mosquitto says it from 2.0.15 on; with one that is older, the way to it does. */
export const SESSION_TAKEN_OVER = Uint8Array.of(0xe0, 1, 0x8e);

export interface LinkOptions {
  /** How long each piece is on its way, in each direction. */
  delayMs?: number;
  /** What the client gets before its connection ends since the server closed it. */
  farewell?: Uint8Array;
}

export async function openLink(target: number, { delayMs = 0, farewell }: LinkOptions = {}): Promise<Link> {
  const open = new Set<Socket>();
  let made = 0;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {}); // the other end went away: `close` follows
    socket.on("close", () => open.delete(socket));
  };
  // Timers of one length fire in the order in which they were set.
  const later = (deliver: () => void) => void setTimeout(deliver, delayMs);
  const carry = (from: Socket, to: Socket) => {
    from.on("data", (piece) => later(() => to.destroyed || to.write(piece)));
  };
  const server = createServer((near) => {
    made += 1;
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) keep(socket);
    carry(near, far);
    carry(far, near);
    near.on("close", () => later(() => far.destroy()));
    far.on("close", () => later(() => (farewell && !near.destroyed ? near.end(farewell) : near.destroy())));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port,
    cut,
    connections: () => made,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}
