/** What a 401 asks for (RFC 9110 §11.6.1; the token flow of the distribution project). */
export interface Challenge {
  scheme: "bearer" | "basic";
  realm: string | undefined;
  service: string | undefined;
  scope: string | undefined;
}

/** The first challenge that can be answered; Bearer before Basic. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const found = [...(header ?? "").matchAll(/(?:^|,)\s*(bearer|basic)(?:\s+|$)/gi)].map((match) => {
    const rest = (header ?? "").slice(match.index + match[0].length);
    const parameter = (name: string): string | undefined =>
      new RegExp(`(?:^|[,\\s])${name}="((?:[^"\\\\]|\\\\.){0,2048})"`, "i")
        .exec(rest)?.[1]
        ?.replace(/\\(.)/g, "$1");
    const scheme = match[1]!.toLowerCase() === "bearer" ? "bearer" : "basic";
    return {
      scheme,
      realm: parameter("realm"),
      service: parameter("service"),
      scope: parameter("scope"),
    } as const;
  });
  return (
    found.find(({ scheme, realm }) => scheme === "bearer" && realm !== undefined) ??
    found.find(({ scheme }) => scheme === "basic")
  );
}
