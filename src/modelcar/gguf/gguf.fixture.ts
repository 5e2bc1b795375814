type Value = number | string | boolean | string[] | number[];

/** The header of a GGUF file, version 3; tensors as [type number, ...dimensions innermost first]. */
export function ggufHeader(
  metadata: Readonly<Record<string, Value>>,
  tensors: Readonly<Record<string, readonly [type: number, ...dimensions: number[]]>>,
): Uint8Array {
  const parts: Buffer[] = [
    Buffer.from("GGUF"),
    u32(3),
    u64(Object.keys(tensors).length),
    u64(Object.keys(metadata).length),
  ];
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...typed(value));
  for (const [name, [type, ...dimensions]] of Object.entries(tensors))
    parts.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(0));
  return new Uint8Array(Buffer.concat(parts));
}

function typed(value: Value): Buffer[] {
  if (typeof value === "boolean") return [u32(7), Buffer.from([value ? 1 : 0])];
  if (typeof value === "number") return [u32(4), u32(value)];
  if (typeof value === "string") return [u32(8), text(value)];
  const isText = typeof value[0] === "string";
  return [
    u32(9),
    u32(isText ? 8 : 4),
    u64(value.length),
    ...value.map((item) => (typeof item === "string" ? text(item) : u32(item))),
  ];
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
