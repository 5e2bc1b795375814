import type { MiddlewareHandler } from "hono";

/** Asks for `Authorization: Bearer <token>` (RFC 6750). */
export function bearerAuth(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (c, next) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(c.req.header("Authorization") ?? "") ?? [];
    // Digests have one length: the comparison takes the same time whatever was given.
    if (given !== undefined && crypto.timingSafeEqual(digest(given), expected)) return next();
    return c.json({ error: "a bearer token is required" }, 401, {
      "WWW-Authenticate": 'Bearer realm="agent2389"',
    });
  };
}

const digest = (text: string): Buffer => new Bun.CryptoHasher("sha256").update(text).digest();
