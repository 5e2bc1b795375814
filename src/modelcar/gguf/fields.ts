import { concat } from "../bytes/concat.ts";
import type { ByteReader } from "../bytes/types.ts";
import { ReadError } from "../http/types.ts";

/** A value of the metadata; of long arrays the length alone. */
export type Field = number | boolean | string | Field[] | { count: number };

/** Headers with large vocabularies have about 10 MB. */
const MAX_HEADER = 268_435_456;
const MAX_TEXT = 16_777_216;
const MAX_KEPT = 4_096;
/** Read in one go, as the fields are small. */
const WINDOW = 262_144;

/** Bytes of the values of fixed size, by the number of the type. */
const SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const TEXT = 8;
const ARRAY = 9;

export interface FieldReader {
  bytes(length: number): Promise<Uint8Array>;
  u32(): Promise<number>;
  u64(): Promise<number>;
  text(): Promise<string>;
  /** A type and its value. */
  field(): Promise<Field>;
  /** Bytes taken so far. */
  readonly position: number;
}

/** The header's bytes, read ahead in large pieces. */
function headerBytes(body: ByteReader, size: number) {
  let window: Uint8Array = new Uint8Array();
  let at = 0;
  let taken = 0;
  const fill = async (length: number): Promise<void> => {
    if (taken + length > MAX_HEADER) throw broken("its header is too large");
    const rest = window.subarray(at);
    const more = await body.read(
      Math.max(length - rest.length, Math.min(WINDOW, size - taken - rest.length)),
    );
    [window, at] = [concat([rest, more], rest.length + more.length), 0];
    if (window.length < length) throw broken("it ends within its header");
  };
  const bytes = async (length: number): Promise<Uint8Array> => {
    if (length > size - taken) throw broken("it ends within its header");
    if (at + length > window.length) await fill(length);
    const part = window.subarray(at, at + length);
    at += length;
    taken += length;
    return part;
  };
  /** Passes over as many texts as lie whole in what was read ahead, at most `count`. @returns how many */
  const passTexts = (count: number): number => {
    let passed = 0;
    for (; passed < count && at + 8 <= window.length; passed++) {
      const length = 8 + lengthAt(window, at);
      if (at + length > window.length) break;
      at += length;
      taken += length;
    }
    return passed;
  };
  return { bytes, passTexts, position: () => taken };
}

/** Reads the little-endian values of a GGUF header one after the other. @throws ReadError `broken` at its end. */
export function fieldReader(body: ByteReader, size: number): FieldReader {
  const header = headerBytes(body, size);
  const { bytes } = header;
  const view = async (length: number): Promise<DataView> => {
    const part = await bytes(length);
    return new DataView(part.buffer, part.byteOffset, length);
  };
  const u32 = async () => (await view(4)).getUint32(0, true);
  const u64 = async (): Promise<number> => {
    const value = Number((await view(8)).getBigUint64(0, true));
    if (!Number.isSafeInteger(value)) throw broken("it holds an absurd number");
    return value;
  };
  const text = async (): Promise<string> => {
    const length = await u64();
    if (length > MAX_TEXT) throw broken("it holds an absurdly long text");
    return new TextDecoder().decode(await bytes(length));
  };
  /** Vocabularies have hundreds of thousands: those that were read ahead take no turn of the event loop. */
  const passTexts = async (count: number): Promise<void> => {
    for (let left = count; left > 0; ) {
      left -= header.passTexts(left);
      if (left-- > 0) await text();
    }
  };
  const value = async (type: number, depth: number): Promise<Field> => {
    if (type === TEXT) return text();
    if (type === ARRAY) return array(depth);
    const length = SIZES[type];
    if (length === undefined) throw broken(`it holds a value of the unknown type ${type}`);
    return numberIn(await view(length), type);
  };
  const array = async (depth: number): Promise<Field> => {
    if (depth > 4) throw broken("its arrays are nested too deeply");
    const type = await u32();
    const count = await u64();
    if (count > size) throw broken("it holds an absurdly long array");
    const width = SIZES[type];
    if (count > MAX_KEPT && width !== undefined) await bytes(count * width);
    if (count > MAX_KEPT && type === TEXT) await passTexts(count);
    if (count > MAX_KEPT && (width !== undefined || type === TEXT)) return { count };
    const kept: Field[] = [];
    for (let index = 0; index < count; index++) {
      const item = await value(type, depth + 1);
      if (count <= MAX_KEPT) kept.push(item);
    }
    return count <= MAX_KEPT ? kept : { count };
  };
  return {
    ...{ bytes, u32, u64, text, field: async () => value(await u32(), 0) },
    get position() {
      return header.position();
    },
  };
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}

function numberIn(view: DataView, type: number): number | boolean {
  switch (type) {
    case 0:
      return view.getUint8(0);
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getUint16(0, true);
    case 3:
      return view.getInt16(0, true);
    case 4:
      return view.getUint32(0, true);
    case 5:
      return view.getInt32(0, true);
    case 6:
      return view.getFloat32(0, true);
    case 7:
      return view.getUint8(0) !== 0;
    case 10:
      return Number(view.getBigUint64(0, true));
    case 11:
      return Number(view.getBigInt64(0, true));
    default:
      return view.getFloat64(0, true);
  }
}

export const broken = (what: string): ReadError =>
  new ReadError("broken", `the GGUF file is broken: ${what}`);
