import { backoffDelay } from "../../base/backoff.ts";
import { discard, type SendOptions, type Sent, send } from "./send.ts";
import { type HttpWorld, isReadError } from "./types.ts";

export const TRIES = 3;
/** A server that asks for more patience is told of instead of waited for. */
export const MAX_WAIT_MS = 20_000;
export const BACKOFF = { firstMs: 300, maxMs: 5_000 };

/**
 * As {@link send}; what may pass by itself (429, 5xx, a lost connection) is tried three times. Who lets us wait in vain is
 * not waited for again.
 */
export async function sendPatiently(url: string, options: SendOptions, world: HttpWorld): Promise<Sent> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= TRIES;
    let delay: number;
    try {
      const sent = await send(url, options, world);
      const wanted = last ? undefined : delayFor(sent.response, attempt, world.now());
      if (wanted === undefined || wanted > MAX_WAIT_MS) return sent;
      discard(sent.response);
      delay = wanted;
    } catch (thrown) {
      if (last || !isReadError(thrown) || thrown.code !== "unreachable") throw thrown;
      delay = backoffDelay(BACKOFF, attempt - 1);
    }
    await world.wait(delay, world.signal);
  }
}

/** Undefined: the answer is final. */
function delayFor({ status, headers }: Response, attempt: number, now: number): number | undefined {
  if (status !== 429 && !(status >= 500 && status !== 501)) return undefined;
  return retryAfterMs(headers, now) ?? backoffDelay(BACKOFF, attempt - 1);
}

/** Retry-After in ms: seconds or an HTTP date (RFC 9110 §10.2.3); undefined when absent or neither. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
