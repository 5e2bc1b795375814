/** Numbers for people. Shares are of 1; what is null was not finite. */

export const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

/** `0.40 points lost` */
export function points(drop: number): string {
  const size = (Math.abs(drop) * 100).toFixed(2);
  if (Number(size) === 0) return "no change";
  return `${size} points ${drop > 0 ? "lost" : "won"}`;
}

export function milliseconds(ms: number): string {
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 10) return `${ms.toFixed(1)} ms`;
  return ms >= 1 ? `${ms.toFixed(2)} ms` : `${(ms * 1000).toFixed(0)} µs`;
}

const UNITS = ["KB", "MB", "GB", "TB"];

/** Decimal units, as disks and downloads are measured. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${UNITS[power - 1]}`;
}

/** Thousands apart: `1,234,567`. */
export const whole = (count: number): string => count.toLocaleString("en-US");

/** Three digits that mean something. */
export function significant(value: number | null): string {
  if (value === null) return "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100 && size < 1e9) return whole(Math.round(value));
  return size >= 0.001 && size < 1e6 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** Stands in JSON for an infinite ratio, which it has no number for. */
export const EXACT = "exact";

/** The ratio as JSON has it. */
export const jsonRatio = (sqnr: number): number | typeof EXACT => (Number.isFinite(sqnr) ? sqnr : EXACT);

/** Signal to noise; without a finite one nothing was lost. */
export const decibels = (sqnr: number | string | null): string =>
  typeof sqnr === "number" && Number.isFinite(sqnr) ? `${sqnr.toFixed(1)} dB` : EXACT;

export const times = (factor: number): string => `${factor.toFixed(2)}×`;

const DIMENSION_OPEN = "?";

export const shape = (dims: readonly (number | string | null)[]): string =>
  dims.length === 0 ? "scalar" : dims.map((dim) => dim ?? DIMENSION_OPEN).join("×");
