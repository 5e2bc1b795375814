/** A DNS label (RFC 1123 §2.1, lower case as Kubernetes and Fly want it). */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const isDnsLabel = (name: string): boolean => DNS_LABEL.test(name);

/** The nearest DNS label; empty when nothing of the name is left. */
export const toDnsLabel = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");

/** What is wrong with a name that shall be a DNS label. */
export function labelProblem(what: string, name: string): { message: string; hint: string } {
  const near = toDnsLabel(name);
  return {
    message: `${what} ${JSON.stringify(name)} is no DNS label, which platforms ask for`,
    hint: `Up to 63 lower-case letters, digits and "-", no "-" at the ends${near === "" ? "" : `, as ${near}`}.`,
  };
}
