import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { sizeOf } from "./size-of.ts";

export interface Uploads {
  /** Bytes of the content that earlier requests have brought, and that one may go on behind. */
  kept(sha256: string): Promise<number>;
  /** Rejects with the reason for which the body broke off, or could not be written; what came until then is kept. */
  take(upload: Upload): Promise<UploadOutcome>;
  /** What was taken has been removed: it counts no more. */
  release(sha256: string): void;
}

export interface Upload {
  sha256: string;
  body: ReadableStream<Uint8Array> | null;
  /** Where in the content the body begins; 0: anew. */
  start: number;
  /** Bytes of the whole content. */
  total: number;
}

export type UploadOutcome =
  | { kind: "done"; file: string }
  /** It would be more than is taken altogether. */
  | { kind: "too-large"; left: number }
  /** It does not begin where what is kept ends. */
  | { kind: "elsewhere"; kept: number }
  /** The content is not what its address says. */
  | { kind: "wrong" };

/**
 * Takes content of at most `maxBytes` altogether, in one request or in several. Of two for the same content the later one goes
 * on: the other is most likely a connection that broke without a word.
 */
export function uploads(folder: string, maxBytes: number): Uploads {
  /** By content: bytes that are on the disk, or will be. */
  const reserved = new Map<string, number>();
  const running = new Map<string, { stop: AbortController; over: Promise<unknown> }>();
  const partial = (sha256: string) => join(folder, `${sha256}.partial`);
  const keptOf = async (sha256: string): Promise<number> => (await sizeOf(partial(sha256))) ?? 0;

  async function takeAlone(upload: Upload, signal: AbortSignal): Promise<UploadOutcome> {
    const { sha256, start, total } = upload;
    const kept = await keptOf(sha256);
    if (start !== 0 && start !== kept) return { kind: "elsewhere", kept };
    const others = [...reserved].reduce((sum, [each, bytes]) => (each === sha256 ? sum : sum + bytes), 0);
    if (total > maxBytes - others) return { kind: "too-large", left: maxBytes - others };
    reserved.set(sha256, total);
    try {
      const whole = await received(upload, partial(sha256), signal);
      if (!whole) await rm(partial(sha256), { force: true });
      else await rename(partial(sha256), join(folder, sha256));
      if (!whole) reserved.delete(sha256);
      return whole ? { kind: "done", file: join(folder, sha256) } : { kind: "wrong" };
    } catch (thrown) {
      reserved.set(sha256, await keptOf(sha256));
      throw thrown;
    }
  }

  return {
    kept: keptOf,
    release: (sha256) => void reserved.delete(sha256),
    async take(upload) {
      const { sha256 } = upload;
      for (let before = running.get(sha256); before !== undefined; before = running.get(sha256)) {
        before.stop.abort(new Error("the content comes by another request"));
        await before.over;
      }
      const stop = new AbortController();
      const outcome = takeAlone(upload, stop.signal);
      running.set(sha256, { stop, over: outcome.then(nothing, nothing).then(() => running.delete(sha256)) });
      return outcome;
    },
  };
}

const nothing = (): void => {};

/** Whether the file has become the content of the address. */
async function received(
  { sha256, body, start, total }: Upload,
  partial: string,
  signal: AbortSignal,
): Promise<boolean> {
  const hash = new Bun.CryptoHasher("sha256");
  if (start > 0) for await (const chunk of Bun.file(partial).stream()) hash.update(chunk);
  const file = await open(partial, start === 0 ? "w" : "a", 0o600);
  try {
    let bytes = start;
    for await (const chunk of chunksOf(body, signal)) {
      bytes += chunk.length;
      if (bytes > total) return false;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    return bytes === total && hash.digest("hex") === sha256;
  } finally {
    await file.close();
  }
}

/** Until the signal aborts, with whose reason it then throws, though the sender says nothing more. */
async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(nothing);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
