import { fields, textOf } from "../../base/lenient-json.ts";
import { decompressed } from "../bytes/decompress.ts";
import { sourceReader } from "../bytes/source-reader.ts";
import { memoryStream, streamReader } from "../bytes/stream-reader.ts";
import type { ByteSource } from "../bytes/types.ts";
import { ReadError } from "../http/types.ts";
import { safePath } from "../tar/safe-path.ts";
import { type Visit, walkTar } from "../tar/walk.ts";
import { checkDigest } from "./client.ts";
import type { Descriptor } from "./types.ts";
import { isMarker } from "./whiteout.ts";

/** Annotations of layers that carry a table of contents. */
const STARGZ = "containerd.io/snapshot/stargz/toc.digest";
const CHUNKED_PLACE = [
  "io.github.containers.zstd-chunked.manifest-position",
  "io.containers.zstd-chunked.manifest-position",
];
const CHUNKED_SUM = [
  "io.github.containers.zstd-chunked.manifest-checksum",
  "io.containers.zstd-chunked.manifest-checksum",
];

const MAX_TABLE = 16_777_216;
/** A piece of a compressed file is fetched in parts of this size until enough is unpacked. */
const PART = 65_536;

/**
 * Shows the files of a layer that carries a table of contents (eStargz, zstd:chunked): each can be unpacked from its own
 * place. False: it has none. @throws ReadError `broken` when the table is not sound.
 */
export async function filesByContents(source: ByteSource, layer: Descriptor, visit: Visit): Promise<boolean> {
  const table = (await readStargz(source, layer)) ?? (await readChunked(source, layer));
  if (table === undefined) return false;
  for (const { path, size, offset } of entriesOf(table.entries, source.size)) {
    const body = streamReader(decompressed(partsFrom(source, offset), table.form), Math.max(size, 1));
    try {
      if ((await visit({ path, size, body })) === "stop") break;
    } finally {
      await body.close();
    }
  }
  return true;
}

interface Table {
  form: "gzip" | "zstd";
  entries: readonly unknown[];
}

/** eStargz: the last 51 bytes are an empty gzip member whose extra field holds the table's offset in hexadecimal. */
async function readStargz(source: ByteSource, { annotations }: Descriptor): Promise<Table | undefined> {
  const digest = annotations[STARGZ];
  if (digest === undefined || source.size < 51) return undefined;
  const footer = new TextDecoder("latin1").decode(await source.read(source.size - 51, 51));
  const offset = Number.parseInt(/([0-9a-f]{16})STARGZ/.exec(footer)?.[1] ?? "", 16);
  if (!(offset < source.size - 51)) throw broken("its footer tells no place");
  if (source.size - offset > MAX_TABLE) throw broken("it is too large");
  const packed = await source.read(offset, source.size - 51 - offset);
  let json: Uint8Array | undefined;
  const reader = streamReader(decompressed(memoryStream(packed), "gzip"), MAX_TABLE * 4);
  try {
    await walkTar(reader, undefined, async ({ path, size, body }) => {
      if (path === "stargz.index.json" && size <= MAX_TABLE) json = await body.read(size);
      return "stop";
    });
  } finally {
    await reader.close();
  }
  if (json === undefined) throw broken("it is not there");
  checkDigest(json, digest, "the table of contents");
  return { form: "gzip", entries: entriesIn(json) };
}

/** zstd:chunked: an annotation tells offset, packed and unpacked length and kind of the table. */
async function readChunked(source: ByteSource, { annotations }: Descriptor): Promise<Table | undefined> {
  const place = CHUNKED_PLACE.map((key) => annotations[key]).find((text) => text !== undefined);
  if (place === undefined) return undefined;
  const [offset = Number.NaN, packedLength = 0, length = 0, kind] = place.split(":").map(Number);
  if (kind !== 1 || !(offset + packedLength <= source.size) || packedLength > MAX_TABLE || length > MAX_TABLE)
    throw broken("its annotation tells no sound place");
  const packed = await source.read(offset, packedLength);
  const sum = CHUNKED_SUM.map((key) => annotations[key]).find((text) => text !== undefined);
  if (sum !== undefined) checkDigest(packed, sum, "the table of contents");
  const reader = streamReader(decompressed(memoryStream(packed), "zstd"), length);
  try {
    return { form: "zstd", entries: entriesIn(await reader.read(length)) };
  } finally {
    await reader.close();
  }
}

function entriesIn(json: Uint8Array): readonly unknown[] {
  try {
    const { entries } = fields(JSON.parse(new TextDecoder().decode(json)));
    if (Array.isArray(entries)) return entries;
  } catch (thrown) {
    throw broken("it is not JSON", thrown);
  }
  throw broken("it has no entries");
}

interface Entry {
  path: string;
  size: number;
  offset: number;
}

/** Files of the table; pieces after the first of a file (`chunk`) are unpacked with it. */
function* entriesOf(entries: readonly unknown[], limit: number): Generator<Entry> {
  for (const entry of entries) {
    const { type, name, size, offset } = fields(entry);
    const path = textOf(name) === undefined ? undefined : safePath(String(name));
    if (type === "reg" && path !== undefined && isMarker(path)) {
      yield { path, size: 0, offset: 0 };
      continue;
    }
    if (type !== "reg" || path === undefined || typeof size !== "number" || size === 0) continue;
    if (!isPlace(offset, limit) || !Number.isSafeInteger(size) || size < 0)
      throw broken("an entry lies outside the layer");
    yield { path, size, offset };
  }
}

const isPlace = (value: unknown, limit: number): value is number =>
  Number.isSafeInteger(value) && typeof value === "number" && value >= 0 && value < limit;

async function* partsFrom(source: ByteSource, offset: number): AsyncGenerator<Uint8Array, void> {
  const reader = sourceReader(source, { start: offset, ahead: PART });
  for (let part = await reader.read(PART); part.length > 0; part = await reader.read(PART)) yield part;
}

const broken = (what: string, cause?: unknown): ReadError =>
  new ReadError("broken", `the layer's table of contents is broken: ${what}`, { cause });
