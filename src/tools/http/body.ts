import { race } from "../../base/abort.ts";

export interface LimitedBody {
  bytes: Uint8Array<ArrayBuffer>;
  /** There was more, which was not read. */
  truncated: boolean;
}

/** Reads at most `max` bytes of a response, decompressed, and leaves the rest unread. */
export async function readLimited(
  response: Response,
  max: number,
  signal: AbortSignal,
): Promise<LimitedBody> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: new Uint8Array(), truncated: false };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    while (size <= max) {
      const { done, value } = await race(reader.read(), signal);
      if (done) break;
      chunks.push(value);
      size += value.byteLength;
    }
  } finally {
    // Stops the transfer; what the server thinks of it no longer matters.
    reader.cancel().catch(() => {});
  }
  const bytes = new Uint8Array(Math.min(size, max));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - at), at);
    at += Math.min(chunk.byteLength, bytes.length - at);
  }
  return { bytes, truncated: size > max };
}
