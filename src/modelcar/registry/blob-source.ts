import type { ByteSource } from "../bytes/types.ts";
import { chunksOf, readBody } from "../http/body.ts";
import { discard } from "../http/send.ts";
import { ReadError } from "../http/types.ts";
import type { RegistryClient } from "./client.ts";
import type { Descriptor } from "./types.ts";

const TRIES = 3;

/**
 * A blob by ranges (RFC 9110 §14). Registries often redirect to a content network: the address is used again while it
 * lasts, without the login. `read` throws ReadError, `no-ranges` when the server sends the whole instead.
 */
export function blobSource(client: RegistryClient, { digest, size }: Descriptor): ByteSource {
  let direct: string | undefined;
  const base = `${client.reference.registry}`;
  const ask = async (range: string): Promise<Response> => {
    const again = direct === undefined ? undefined : await client.getDirect(direct, { range });
    if (again !== undefined) return again;
    const { response, url } = await client.get(`blobs/${digest}`, { range });
    direct = new URL(url).pathname.includes(`/blobs/${digest}`) ? undefined : url;
    return response;
  };
  return {
    size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array();
      if (offset + length > size)
        throw new ReadError("broken", `a part beyond the end of ${digest.slice(0, 19)}… was needed`);
      for (let attempt = 1; ; attempt++) {
        const response = await ask(`bytes=${offset}-${offset + length - 1}`);
        if (!isPart(response, offset)) {
          discard(response);
          throw new ReadError("no-ranges", `${base} takes no range requests`);
        }
        const bytes = await readBody(response, length, `a part of ${digest.slice(0, 19)}…`);
        client.count(bytes.length);
        if (bytes.length === length) return bytes;
        // Of the way, not of the image: it is tried again, and never kept.
        if (attempt >= TRIES)
          throw new ReadError(
            "unreachable",
            `${base} sent ${bytes.length} of the ${length} bytes that were asked for`,
          );
      }
    },
  };
}

const isPart = ({ status, headers }: Response, offset: number): boolean =>
  status === 206 && (headers.get("content-range") ?? `bytes ${offset}-`).startsWith(`bytes ${offset}-`);

/** The blob from its start, as it comes. */
export async function* blobStream(
  client: RegistryClient,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array, void> {
  const { response } = await client.get(`blobs/${digest}`);
  let sent = 0;
  for await (const chunk of chunksOf(response, `the layer ${digest.slice(0, 19)}…`)) {
    client.count(chunk.length);
    sent += chunk.length;
    yield chunk;
  }
  if (sent < size)
    throw new ReadError(
      "unreachable",
      `${client.reference.registry} sent ${sent} of the ${size} bytes of a layer`,
    );
}
