import type { Duplex } from "node:stream";
import { type Listener, listenTcp } from "./tcp-listener.ts";
import { listenWebSocket } from "./ws-listener.ts";

/** The ways in to the broker, of every kind. */
export function listeners(maxPacketBytes: number, onStream: (stream: Duplex, from: string) => void) {
  const open: Listener[] = [];

  async function add(opening: Promise<Listener>): Promise<number> {
    const listener = await opening;
    open.push(listener);
    return listener.port;
  }

  return {
    /** Ports: 0 takes any free one. Throws an ExpectedError when one cannot be had. */
    async listen(host: string, tcpPort: number, wsPort: number | undefined) {
      const port = await add(listenTcp(host, tcpPort, onStream));
      const webSocketPort =
        wsPort === undefined ? undefined : await add(listenWebSocket(host, wsPort, maxPacketBytes, onStream));
      return { port, webSocketPort };
    },
    /** Takes no more connections; resolves when those that there are have ended. */
    async close(): Promise<void> {
      await Promise.all(open.map((listener) => listener.close()));
    },
  };
}
