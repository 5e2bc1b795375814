/** Lenient access to configs that others wrote: what has the wrong type counts as absent. */
export type Fields = Record<string, unknown>;

/** What JSON writes in braces. */
export const isObject = (value: unknown): value is object =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const fields = (value: unknown): Fields => (isObject(value) ? { ...value } : {});

export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;

export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export const flagOf = (value: unknown): boolean | undefined =>
  typeof value === "boolean" ? value : undefined;

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

/** The first list of texts that is there under one of the names. */
export const listOf = (from: Fields, ...names: string[]): string[] =>
  names.map((name) => textsOf(from[name])).find((list) => list.length > 0) ?? [];
