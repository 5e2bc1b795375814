import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { backoffDelay } from "../../base/backoff.ts";
import { ExpectedError, errorCode, toError } from "../../base/errors.ts";
import { sha256OfFile } from "../../base/sha256-file.ts";
import { systemReason } from "../../base/system-error.ts";
import { address, BACKOFF, type EndpointDeps, refuse, request, TRIES, unreachable } from "./endpoint.ts";
import { sizeOf } from "./size-of.ts";
import type { ContentRef } from "./tensor-ref.ts";

/**
 * Tries again where the connection broke, as long as there is progress. Other processes may fetch the same into the same
 * file: each writes every byte where it belongs, so that they do not disturb each other, and the first puts it in its place.
 */
export async function download(
  ref: ContentRef,
  place: string,
  deps: EndpointDeps,
  signal: AbortSignal,
): Promise<void> {
  const partial = `${place}.partial`;
  let [had, tries] = [-1, 0];
  for (;;) {
    signal.throwIfAborted();
    const failure =
      (await downloadOnce(ref, partial, deps, signal)) ?? (await putInPlace(ref, partial, place));
    if (failure === undefined) return;
    signal.throwIfAborted();
    const has = (await sizeOf(partial)) ?? 0;
    tries = has > had ? 1 : tries + 1;
    had = has;
    if (tries >= TRIES) throw unreachable(failure, deps.endpoint, "fetched from");
    await deps.clock.sleep(backoffDelay(BACKOFF, tries - 1), signal);
  }
}

/** Rejects for content that is not that of the address; undefined when it is in its place. */
async function putInPlace(ref: ContentRef, partial: string, place: string): Promise<Error | undefined> {
  try {
    if ((await sha256OfFile(partial)) === ref.sha256) {
      await rename(partial, place);
      return undefined;
    }
  } catch (thrown) {
    if (errorCode(thrown) !== "ENOENT") throw thrown;
    return ((await sizeOf(place)) ?? 0) === ref.bytes
      ? undefined
      : new Error("another process has removed it");
  }
  await rm(partial, { force: true });
  throw new ExpectedError("what was fetched is not what its address says", { where: address(ref) });
}

/** What broke it off; undefined: all is there. Rejects for what trying again does not mend. */
async function downloadOnce(
  ref: ContentRef,
  partial: string,
  deps: EndpointDeps,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const has = (await sizeOf(partial)) ?? 0;
  if (has === ref.bytes) return ref.bytes === 0 ? void (await Bun.write(partial, "")) : undefined;
  if (has > ref.bytes) await rm(partial, { force: true });
  const start = has > ref.bytes ? 0 : has;
  const etag = `"${address(ref)}"`;
  const headers: Record<string, string> = start > 0 ? { Range: `bytes=${start}-`, "If-Range": etag } : {};
  let response: Response;
  try {
    response = await request(deps, address(ref), { headers, signal });
  } catch (thrown) {
    return toError(thrown);
  }
  refuse(response, ref);
  if (response.status >= 500) return new Error(`it answered with status ${response.status}`);
  return append(response, partial, response.status === 206 ? start : 0, ref);
}

async function append(
  { body }: Response,
  partial: string,
  start: number,
  ref: ContentRef,
): Promise<Error | undefined> {
  const file = await open(partial, constants.O_WRONLY | constants.O_CREAT, 0o600);
  let at = start;
  try {
    for await (const chunk of body ?? []) {
      if (at + chunk.length > ref.bytes)
        throw new ExpectedError("more was sent than there should be", { where: address(ref) });
      await writeAt(file, chunk, at);
      at += chunk.length;
    }
  } catch (thrown) {
    if (thrown instanceof ExpectedError) throw thrown;
    const reason = systemReason(thrown);
    if (reason === "no space is left on the disk" || reason === "the disk quota is used up")
      throw new ExpectedError(`what is fetched cannot be kept: ${reason}`, { where: address(ref) });
    return toError(thrown);
  } finally {
    await file.close();
  }
  return at === ref.bytes ? undefined : new Error(`it ended after ${at} of ${ref.bytes} bytes`);
}

/** Writes all of it, as a disk that becomes full takes a part alone. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
