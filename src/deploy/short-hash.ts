/** First ten hexadecimal digits of SHA-256. */
export const shortHash = (text: string): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 10);
