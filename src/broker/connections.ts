import type { Duplex } from "node:stream";
import type { Logger } from "../log/logger.ts";

/** The open connections, of every kind, and how many there may be. */
export function openConnections(max: number, log: Logger) {
  const open = new Set<Duplex>();
  return {
    /** False when there are too many: the stream was closed. */
    admit(stream: Duplex, from: string): boolean {
      if (open.size >= max) {
        log.warn({ max, from }, "too many connections: one was refused");
        stream.destroy();
        return false;
      }
      open.add(stream);
      stream.once("close", () => open.delete(stream));
      return true;
    },
    count: () => open.size,
    cutAll(): void {
      for (const stream of open) stream.destroy();
    },
  };
}
