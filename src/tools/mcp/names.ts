import { createHash } from "node:crypto";

/** What the LLM APIs take. */
const MAX_LENGTH = 64;

/**
 * Names for the model, in the order of the server's: `prefix_tool`, made of letters, digits, `_` and `-`. Names that
 * would be too long or the same end in a hash of the original, so that a tool keeps its name whatever else is there.
 */
export function modelNames(serverNames: readonly string[], prefix: string | undefined): string[] {
  const plain = serverNames.map((name) => valid(prefix === undefined ? name : `${prefix}_${name}`));
  return plain.map((name, i) => {
    const clash = plain.some((other, j) => j !== i && other === name);
    return name.length > MAX_LENGTH || name === "" || clash ? hashed(name, serverNames[i]!) : name;
  });
}

const valid = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, "_");

function hashed(name: string, original: string): string {
  const hash = createHash("sha256").update(original).digest("hex").slice(0, 8);
  return `${name.slice(0, MAX_LENGTH - hash.length - 1)}_${hash}`;
}

/** Whether `include` and `exclude` let a tool of the server through. */
export function isWanted(
  name: string,
  { include, exclude }: { include?: readonly string[] | undefined; exclude: readonly string[] },
): boolean {
  return (
    (include === undefined || include.some((form) => fits(form, name))) &&
    !exclude.some((form) => fits(form, name))
  );
}

export function fits(form: string, name: string): boolean {
  const pattern = form.split("*").map(RegExp.escape).join(".*");
  return new RegExp(`^${pattern}$`, "s").test(name);
}
