export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** `14.96 GiB`, `448 MiB`, `128 KiB`: three or four digits that count. */
export function bytesText(bytes: number): string {
  const sign = bytes < 0 ? "−" : "";
  const size = Math.abs(bytes);
  if (size >= GIB) return `${sign}${(size / GIB).toFixed(2)} GiB`;
  if (size >= MIB) return `${sign}${threeDigits(size / MIB)} MiB`;
  if (size >= 1024) return `${sign}${threeDigits(size / 1024)} KiB`;
  return `${sign}${size.toFixed(0)} bytes`;
}

const threeDigits = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** `8.03 billion`, `124 million`, `98 thousand`, `532`. */
export function countText(count: number): string {
  if (Math.round(count / 1e6) >= 1000) return `${(count / 1e9).toFixed(2)} billion`;
  if (Math.round(count / 1e3) >= 1000) return `${Math.round(count / 1e6)} million`;
  return count >= 1000 ? `${Math.round(count / 1e3)} thousand` : String(Math.round(count));
}

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
