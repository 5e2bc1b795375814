export const newId = (): string => crypto.randomUUID();

/**
 * A UUID that is a function of its parts (RFC 9562 §5.8, version 8, from SHA-256), so that doing the
 * same step again after a crash names it the same.
 */
export function derivedId(...parts: (string | number)[]): string {
  const bytes = new Bun.CryptoHasher("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40; // peers expect version 4: RFC-agent §6.1
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
