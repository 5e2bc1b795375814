import { LinkLost, PublicationTooLarge } from "../runtime/ports/transport.ts";

export interface ExchangeKind {
  /** Of the publication; 0: it is none. */
  bytes: number;
  /** Whether its end is the broker's acknowledgement of a publication (QoS 1). */
  acknowledged: boolean;
}

interface Exchange {
  bytes: number;
  reject(error: Error): void;
}

/**
 * What is on its way on one connection. When that ends, this tells which publication it may have ended for: a broker
 * closes the connection on one that is too large for it, and MQTT 3.1.1 has no word for why.
 */
export function exchanges() {
  const open = new Set<Exchange>();
  let over = false;
  let works = false;
  /** The largest that did not end the connection. */
  let largest = 0;

  const suspect = (): Exchange | undefined => {
    const [first, second] = [...open].sort((a, b) => b.bytes - a.bytes);
    return first && first.bytes > Math.max(largest, second?.bytes ?? 0) ? first : undefined;
  };

  return {
    /** The outcome of one exchange, or the end of the connection if that comes first. */
    run({ bytes, acknowledged }: ExchangeKind, begin: (done: (error?: Error | null) => void) => void) {
      return new Promise<void>((resolve, reject) => {
        if (over) return reject(linkLost(false));
        const exchange = { bytes, reject };
        open.add(exchange);
        begin((failure) => {
          open.delete(exchange);
          largest = Math.max(largest, bytes);
          works ||= acknowledged;
          if (failure) reject(failure);
          else resolve();
        });
      });
    },
    /** The connection is over; `tooLarge`: since the broker said that something was (MQTT 5 reason 0x95). */
    end(tooLarge: boolean): void {
      over = true;
      const cause = suspect();
      for (const exchange of open) {
        const isCause = exchange === cause;
        exchange.reject(isCause && tooLarge ? refused(exchange) : linkLost(isCause && works));
      }
      open.clear();
    },
  };
}

const linkLost = (suspect: boolean) => new LinkLost("the connection to the broker was lost", suspect);

const refused = ({ bytes }: Exchange) =>
  new PublicationTooLarge(
    `the broker closed the connection: a message of ${bytes} bytes is too large for it`,
  );
