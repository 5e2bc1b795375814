/**
 * A path of an archive or annotation in plain form: no `/` in front, no `.` parts. Undefined: it climbs out (`..`), or
 * is no path that people write. Nothing is ever written to such paths; one that climbs out is not a model's file all the same.
 */
export function safePath(path: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path) || path.length > 4096) return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? undefined : parts.join("/");
}
