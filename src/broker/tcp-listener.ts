import { createServer, type Socket } from "node:net";
import { listenError } from "../base/listen-error.ts";

/** One way in to the broker. */
export interface Listener {
  port: number;
  /** Takes no more connections; resolves when those that there are have ended. */
  close(): Promise<void>;
}

/** Listens for MQTT over TCP; port 0: any free one. Throws an ExpectedError when the port cannot be had. */
export async function listenTcp(
  host: string,
  port: number,
  onSocket: (socket: Socket, from: string) => void,
): Promise<Listener> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    onSocket(socket, socket.remoteAddress ?? "");
  });
  const bound = Promise.withResolvers<void>();
  server.once("error", (error) => bound.reject(listenError(error, host, port)));
  server.listen(port, host, () => bound.resolve());
  await bound.promise;
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}
