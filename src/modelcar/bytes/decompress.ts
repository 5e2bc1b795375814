import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { toError } from "../../base/errors.ts";
import { isReadError, ReadError } from "../http/types.ts";

/**
 * The stream unpacked, as it comes; leaving the loop ends the source. Memory stays small however much a bomb unpacks to:
 * who reads sets the limit. @throws ReadError `broken` for what is not valid.
 */
export async function* decompressed(
  chunks: AsyncIterable<Uint8Array>,
  form: "gzip" | "zstd",
): AsyncGenerator<Uint8Array, void> {
  const source = Readable.from(chunks, { objectMode: false });
  const unpack = form === "gzip" ? createGunzip() : createZstdDecompress();
  source.on("error", (error) => unpack.destroy(error));
  source.pipe(unpack);
  try {
    for await (const chunk of unpack) yield chunk;
  } catch (thrown) {
    if (isReadError(thrown)) throw thrown;
    throw new ReadError("broken", `the ${form} data is broken: ${toError(thrown).message}`, {
      cause: thrown,
    });
  } finally {
    unpack.destroy();
    source.destroy();
  }
}
