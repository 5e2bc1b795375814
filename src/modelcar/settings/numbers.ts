const DECIMAL: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const BINARY: Record<string, number> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * A whole number as vLLM writes it for people: `32k` is 32000, `32K` is 32768, `25.6k` is 25600 (arg_utils.py,
 * human_readable_int). Undefined for anything else.
 */
export function humanInteger(text: string): number | undefined {
  const [, digits, unit] = /^(-?\d+(?:\.\d+)?)([kmgtKMGT]?)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  if (digits.includes(".") && BINARY[unit] !== undefined) return undefined;
  const value = Number(digits) * (DECIMAL[unit] ?? BINARY[unit] ?? 1);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A plain number, or undefined. */
export function plainNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : undefined;
}
