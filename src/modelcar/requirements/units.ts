export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** `14.96 GiB`, `448 MiB`, `128 KiB`: three or four digits that count. */
export function bytesText(bytes: number): string {
  const sign = bytes < 0 ? "−" : "";
  const size = Math.abs(bytes);
  const [value, unit] =
    size >= GIB
      ? [size / GIB, "GiB"]
      : size >= MIB
        ? [size / MIB, "MiB"]
        : size >= 1024
          ? [size / 1024, "KiB"]
          : [size, "bytes"];
  const digits = unit === "bytes" || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${sign}${value.toFixed(unit === "GiB" ? 2 : digits)} ${unit}`;
}

/** `8.03 billion`, `124 million`. */
export const countText = (count: number): string =>
  count >= 1e9 ? `${(count / 1e9).toFixed(2)} billion` : `${Math.round(count / 1e6)} million`;

/** `131,072`. */
export const wholeText = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  float: 4,
  float16: 2,
  half: 2,
  bfloat16: 2,
};

/** Bytes of an element of the type that the model computes in; float32 checkpoints are served in 16 bits unless told. */
export function computeBytes(dtype: string, modelDtype: string | undefined): number {
  if (dtype !== "auto") return DTYPE_BYTES[dtype] ?? 2;
  return modelDtype === undefined || modelDtype === "float32" ? 2 : (DTYPE_BYTES[modelDtype] ?? 2);
}
