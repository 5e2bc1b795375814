/**
 * How long a provider asks to be left alone, in ms, or undefined when it does not say: `retry-after-ms` (OpenAI),
 * or Retry-After as seconds or as an HTTP date (RFC 9110 §10.2.3).
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const ms = headers.get("retry-after-ms");
  if (ms !== null && isDecimal(ms)) return Number(ms);
  const after = headers.get("retry-after")?.trim();
  if (after === undefined || after === "") return undefined;
  if (isDecimal(after)) return Math.round(Number(after) * 1000);
  // Date.parse takes far more than the three forms of an HTTP date: all of those begin with a day's name.
  const date = /^[A-Z][a-z]{2,8},? /.test(after) ? Date.parse(after) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const isDecimal = (text: string): boolean => /^\d+(\.\d+)?$/.test(text.trim());
