const BYTES: Readonly<Record<string, number>> = { BF16: 2, F16: 2, F32: 4, I32: 4, U8: 1, F8_E4M3: 1 };

/** The header of a safetensors file with these tensors, and how long the whole file is. */
export function safetensorsHeader(
  tensors: Readonly<Record<string, readonly [dtype: string, ...shape: number[]]>>,
): {
  header: Uint8Array;
  size: number;
} {
  const entries: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let at = 0;
  for (const [name, [dtype, ...shape]] of Object.entries(tensors)) {
    const end = at + shape.reduce((product, size) => product * size, 1) * (BYTES[dtype] ?? 1);
    entries[name] = { dtype, shape, data_offsets: [at, end] };
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const header = new Uint8Array(8 + json.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(json.length), true);
  header.set(json, 8);
  return { header, size: header.length + at };
}

/** The whole file, its data zeros. */
export function makeSafetensors(tensors: Parameters<typeof safetensorsHeader>[0]): Uint8Array {
  const { header, size } = safetensorsHeader(tensors);
  const file = new Uint8Array(size);
  file.set(header);
  return file;
}
