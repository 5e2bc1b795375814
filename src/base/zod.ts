import { en } from "zod/locales";
import * as z from "zod/mini";

/**
 * zod in its small form, with its messages in English. All schemas are made with it: the full form costs the start of
 * an agent 2 ms more.
 */
z.config(en());

export * from "zod/mini";

/**
 * Gives the schema a text for the people, editors and models that write such a value. A schema that has one already
 * is copied first.
 */
export function described<S extends z.ZodMiniType>(schema: S, description: string): S {
  const own = z.globalRegistry.has(schema) ? schema.clone() : schema;
  z.globalRegistry.add(own, { description });
  return own;
}

/**
 * A schema that is made when there is a value to check. Of a `z.lazy` that may be left out zod asks at once what it
 * makes of a missing value, and so makes it: here that is known, as nothing becomes of it.
 */
export function deferred<S extends z.ZodMiniType>(make: () => S): z.ZodMiniLazy<S> {
  const schema = z.lazy(make);
  Object.assign(schema._zod, { optin: undefined, optout: undefined });
  return schema;
}

/** Without compiling the schema first, which takes longer than it saves where a value or two are checked. */
export const parseOnce = <S extends z.ZodMiniType>(schema: S, value: unknown) =>
  schema.safeParse(value, { jitless: true });

/** Values of the schema, changed once they are checked. */
export const changed = <S extends z.ZodMiniType, T>(schema: S, change: (value: z.output<S>) => T) =>
  z.pipe(schema, z.transform(change));
