import type { ByteReader, ModelFile } from "../bytes/types.ts";
import { BLOCK, broken, parseTarHeader, type TarHeader } from "./header.ts";
import { type Pax, parsePax } from "./pax.ts";
import { safePath } from "./safe-path.ts";

/** Image layers with more entries are not models. */
const MAX_ENTRIES = 200_000;
/** Long names and pax headers beyond this are an attack. */
const MAX_EXTRA = 65_536;

/** `stop` ends the walk. The body may be read as far as one likes, and only during the visit. */
export type Visit = (file: ModelFile) => Promise<"stop" | undefined>;

/**
 * Goes through a tar archive header by header (ustar, pax, GNU long names) and shows each regular file. What is not read
 * is skipped: over a source of ranges for nothing. `size` bounds what the headers may claim; undefined for a stream.
 * @returns the first two paths of files that lead out of the archive (`../`), which were not shown.
 * @throws ReadError `broken`, or what the reader throws.
 */
export async function walkTar(reader: ByteReader, size: number | undefined, visit: Visit): Promise<string[]> {
  let extra: Pax = {};
  const outside: string[] = [];
  for (let entries = 0; ; entries++) {
    if (entries > MAX_ENTRIES) throw broken(`it has more than ${MAX_ENTRIES} entries`);
    const block = await reader.read(BLOCK);
    // Some writers leave out the two blocks of zeros at the end.
    if (block.length === 0 && entries > 0) return outside;
    const header = parseTarHeader(block);
    if (header === undefined) return outside;
    const found = withExtra(header, extra);
    if (size !== undefined && reader.position + found.size > size)
      throw broken(`${nameOf(found)} goes beyond its end`);
    const start = reader.position;
    if (isExtra(header)) extra = { ...extra, ...(await readExtra(reader, header)) };
    else {
      extra = {};
      if (outside.length < 2 && isFile(found) && safePath(found.path) === undefined)
        outside.push(found.path.slice(0, 100));
      if ((await show(reader, found, visit)) === "stop") return outside;
    }
    await reader.skip(start + padded(found.size) - reader.position);
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;
const nameOf = ({ path }: TarHeader): string => JSON.stringify(path.slice(0, 100));
const isFile = ({ type }: TarHeader): boolean => type === "0" || type === "7";
const isExtra = ({ type }: TarHeader): boolean => "xgLK".includes(type);

/** Links and folders have no data, whatever their size field says. */
function withExtra(header: TarHeader, { path = header.path, size = header.size }: Pax): TarHeader {
  if (isExtra(header)) return header;
  return { ...header, path, size: "123456".includes(header.type) ? 0 : size };
}

async function readExtra(reader: ByteReader, { type, size }: TarHeader): Promise<Pax> {
  if (size > MAX_EXTRA) throw broken(`a name or pax header of ${size} bytes`);
  const bytes = await reader.read(size);
  if (bytes.length < size) throw broken("it ends within a header");
  if (type === "x") return parsePax(bytes);
  if (type !== "L") return {};
  const end = bytes.indexOf(0);
  return { path: new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)) };
}

async function show(reader: ByteReader, header: TarHeader, visit: Visit): Promise<"stop" | undefined> {
  if (!isFile(header)) return undefined;
  const { path, size } = header;
  const safe = safePath(path);
  return safe === undefined ? undefined : visit({ path: safe, size, body: bodyOf(reader, size) });
}

function bodyOf(reader: ByteReader, size: number): ByteReader {
  const start = reader.position;
  return {
    get position() {
      return reader.position - start;
    },
    async read(length) {
      const wanted = Math.max(0, Math.min(length, size - this.position));
      const bytes = await reader.read(wanted);
      if (bytes.length < wanted) throw broken("it ends within a file");
      return bytes;
    },
    skip: (length) => reader.skip(length),
    async close() {},
  };
}
