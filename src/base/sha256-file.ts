/** SHA-256 of a file's content, in hexadecimal; read piece by piece. Rejects as reading does. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(file).stream()) hash.update(chunk);
  return hash.digest("hex");
}
