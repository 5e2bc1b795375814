import type { Link } from "./link.ts";

/** Open while there is a connection. */
export function linkGate() {
  let waiting = waitingRoom();
  let link: Link | undefined;
  let openedAt = 0;
  return {
    /** The link, while it is connected. */
    current: (): Link | undefined => link,
    /** The link once it is connected; rejects when that will never be. */
    connected: (): Promise<Link> => waiting.promise,
    open(connected: Link): void {
      link = connected;
      openedAt = performance.now();
      waiting.resolve(connected);
    },
    /** Says for how many ms it was open; undefined: it was not. */
    shut(): number | undefined {
      if (!link) return undefined;
      link = undefined;
      waiting = waitingRoom();
      return performance.now() - openedAt;
    },
    /** It will not open any more. */
    wallUp(): void {
      waiting.reject(new Error("the connection was closed"));
    },
  };
}

function waitingRoom(): PromiseWithResolvers<Link> {
  const room = Promise.withResolvers<Link>();
  room.promise.catch(() => {}); // nobody may be waiting
  return room;
}
