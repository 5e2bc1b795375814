import { closest } from "../../../base/did-you-mean.ts";
import { ExpectedError } from "../../../base/errors.ts";
import { parseJson } from "../../../base/json.ts";

/**
 * Reads what flyctl prints with --json. Its versions spell fields differently (`Name`, `name`), so case is not looked at.
 */

/** The rows of a list; throws when it is none. */
function rowsOf(stdout: string, what: string): Row[] {
  const parsed = parseJson(stdout);
  if (Array.isArray(parsed)) return parsed.map(row);
  // An empty list is printed as `null` by some commands.
  if (parsed === null) return [];
  throw new ExpectedError(`fly did not answer with a list of ${what}`, {
    hint: "Is your flyctl up to date? fly version upgrade",
  });
}

type Row = ReadonlyMap<string, unknown>;

function row(value: unknown): Row {
  const fields = value !== null && typeof value === "object" ? Object.entries(value) : [];
  return new Map(fields.map(([key, field]) => [key.toLowerCase(), field]));
}

const text = (fields: Row, name: string): string => {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
};

/** `fly apps list --json`. */
export const hasApp = (stdout: string, app: string): boolean =>
  rowsOf(stdout, "apps").some((fields) => text(fields, "name") === app);

/** `fly platform regions --json`: throws when the region is none of them. */
export function checkRegion(stdout: string, region: string): undefined {
  checkListed(region, {
    listed: rowsOf(stdout, "regions").map((fields) => text(fields, "code")),
    what: "region",
    key: "region",
  });
}

/** `fly platform vm-sizes --json`: throws when the size is none of them. */
export function checkSize(stdout: string, size: string): undefined {
  checkListed(size, {
    listed: rowsOf(stdout, "sizes").map((fields) => text(fields, "name")),
    what: "size of Machine",
    key: "vm_size",
  });
}

function checkListed(
  name: string,
  { listed, what, key }: { listed: string[]; what: string; key: string },
): void {
  if (listed.includes(name)) return;
  const near = closest(name, listed);
  throw new ExpectedError(`Fly has no ${what} "${name}"`, {
    where: `[deploy.fly] ${key}`,
    hint: near === undefined ? `There are: ${listed.sort().join(", ")}` : `Did you mean ${near}?`,
  });
}

/** `fly volumes list --json`: how many of this name are in the region. */
export const countVolumes = (stdout: string, { name, region }: { name: string; region: string }): number =>
  rowsOf(stdout, "volumes").filter(
    (fields) => text(fields, "name") === name && text(fields, "region") === region,
  ).length;

/** `fly machine list --json`: Machines that belong to the app's releases; not the one-off ones. */
export function countMachines(stdout: string): number {
  const inGroup = (fields: Row): boolean => {
    const metadata = row(row(fields.get("config")).get("metadata"));
    return !metadata.has("fly_process_group") || text(metadata, "fly_process_group") === "app";
  };
  return rowsOf(stdout, "machines").filter(
    (fields) => text(fields, "state") !== "destroyed" && inGroup(fields),
  ).length;
}

/** `fly ips list --json`: whether the app has a public address. */
export const hasPublicAddress = (stdout: string): boolean =>
  rowsOf(stdout, "addresses").some((fields) => /^(shared_)?v[46]$/.test(text(fields, "type").toLowerCase()));

/** `fly secrets list --json`: names. */
export const secretNames = (stdout: string): string[] =>
  rowsOf(stdout, "secrets").map((fields) => text(fields, "name"));

/** Releases that went well: of Machines, and of the platform before. */
const DONE = new Set(["complete", "succeeded"]);

/** `fly releases --image --json`, the newest first: the image before the present one. Throws when there is none. */
export function imageBefore(stdout: string, app: string): string {
  const [present, ...before] = rowsOf(stdout, "releases");
  const image = (fields: Row): string => text(fields, "imageref");
  const good = before.find(
    (fields) =>
      DONE.has(text(fields, "status").toLowerCase()) &&
      image(fields) !== "" &&
      image(fields) !== image(present ?? new Map()),
  );
  if (good !== undefined) return image(good);
  throw new ExpectedError(`${app} has no earlier release with another image`, {
    hint: "To go back to an earlier config, deploy that config: the image is the same.",
  });
}
