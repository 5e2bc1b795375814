import { baseName } from "../model/collect.ts";

/** What a marker in a layer hides of the layers below it: a path with all below, or all that is in a folder. */
export interface Whiteout {
  kind: "path" | "contents";
  /** The top folder is the empty path. */
  path: string;
}

const MARK = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** Whether a path is a marker and no file (OCI image-spec, layer.md, "Whiteouts"). */
export const isMarker = (path: string): boolean => baseName(path).startsWith(MARK);

/** What a marker hides; undefined for a file, and for markers that aufs keeps for itself (`.wh..wh.plnk`). */
export function whiteoutOf(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (name === OPAQUE) return { kind: "contents", path: folder };
  const target = name.slice(MARK.length);
  if (!isMarker(path) || ["", ".", ".."].includes(target) || target.startsWith(MARK)) return undefined;
  return { kind: "path", path: folder === "" ? target : `${folder}/${target}` };
}

/** Whether a path of a layer below is seen no more. */
export const hides = ({ kind, path }: Whiteout, file: string): boolean =>
  (kind === "path" && file === path) || path === "" || file.startsWith(`${path}/`);
