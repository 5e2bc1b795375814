import { isAbsolute, relative, sep } from "node:path";

/** Whether a path is the folder or lies in it, by the names alone: give real paths where links matter. */
export function isInsideFolder(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
