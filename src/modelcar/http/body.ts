import { oneLine } from "../../base/clip.ts";
import { within } from "../../base/within.ts";
import { concat } from "../bytes/concat.ts";
import { discard } from "./send.ts";
import { PATIENCE_MS, ReadError } from "./types.ts";

/** The whole answer, at most `limit` bytes. @throws ReadError `too-large` or `unreachable`. */
export async function readBody(response: Response, limit: number, what: string): Promise<Uint8Array> {
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (announced > limit) {
    discard(response);
    throw tooLarge(what, limit);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of chunksOf(response, what)) {
    length += part.length;
    if (length > limit) throw tooLarge(what, limit);
    parts.push(part);
  }
  return concat(parts, length);
}

const tooLarge = (what: string, limit: number): ReadError =>
  new ReadError("too-large", `${what} is larger than the ${limit} bytes that are read of such a thing`);

/** The answer as it comes. Leaving the loop ends the connection. @throws ReadError `unreachable` when it breaks off. */
export async function* chunksOf(response: Response, what: string): AsyncGenerator<Uint8Array, void> {
  const { body } = response;
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(PATIENCE_MS, reader.read());
      if (done) return;
      yield value;
    }
  } catch (thrown) {
    throw new ReadError("unreachable", `the connection broke off while ${what} was read`, { cause: thrown });
  } finally {
    reader.cancel().catch(() => {}); // ended or broken already: nothing is left to end
  }
}

/** ` (it says: …)` of an error answer, in the server's own words: one line, clipped; empty when it has none. */
export async function quotedAnswer(response: Response): Promise<string> {
  const said = await saidBy(response);
  return said === undefined ? "" : ` (it says: ${said})`;
}

async function saidBy(response: Response): Promise<string | undefined> {
  try {
    const text = new TextDecoder().decode(await readBody(response, 65_536, "the error"));
    const { errors, message, error } = JSON.parse(text);
    const said = errors?.[0]?.message ?? message ?? error;
    return typeof said === "string" && said.trim() !== "" ? oneLine(said, 200) : undefined;
  } catch {
    return undefined; // not JSON, or broken off: the status says enough
  }
}
