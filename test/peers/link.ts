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

/** `delayMs`: how long each piece is on its way, in each direction. */
export async function openLink(target: number, delayMs = 0): Promise<Link> {
  const open = new Set<Socket>();
  let made = 0;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {}); // the other end went away: `close` follows
    socket.on("close", () => open.delete(socket));
  };
  const carry = (from: Socket, to: Socket) => {
    // Timers of one length fire in the order in which they were set.
    const later = (deliver: () => void) => void setTimeout(deliver, delayMs);
    from.on("data", (piece) => later(() => to.destroyed || to.write(piece)));
    from.on("close", () => later(() => to.destroy()));
  };
  const server = createServer((near) => {
    made += 1;
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) keep(socket);
    carry(near, far);
    carry(far, near);
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
