/** From the first byte, before the end. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The one range that a Range header asks for (RFC 9110 §14.1.2); "none": the content has no such bytes; undefined: to be
 * ignored, as several ranges and other units are.
 */
export function rangeOf(header: string, size: number): ByteRange | "none" | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.replaceAll(" ", "")) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? "none" : { start: size - count, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "none";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/** Of an answer that there is no such content: bytes of it that are there, and behind which a PUT may go on. */
export const OFFSET_HEADER = "Upload-Offset";

/** Which part of how much content a request brings (RFC 9110 §14.4); undefined where it does not say. */
export function partOf(
  length: string | undefined,
  range: string | undefined,
): { start: number; total: number } | undefined {
  const bytes = Number(length ?? Number.NaN);
  if (!(bytes >= 0)) return undefined;
  if (range === undefined) return { start: 0, total: bytes };
  const [start, end, total] = (/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? [])
    .slice(1)
    .map(Number);
  if (start === undefined || end === undefined || total === undefined) return undefined;
  return end - start + 1 === bytes && end + 1 === total ? { start, total } : undefined;
}
