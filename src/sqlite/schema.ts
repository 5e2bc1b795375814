import type { Database } from "bun:sqlite";

/**
 * The SQL of each version, oldest first; `PRAGMA user_version` counts those that were applied. A version that was
 * released is never changed: add the next one.
 */
export type Versions = readonly string[];

/** Brings the schema up to date, within the open transaction. Throws {@link NewerSchema}. */
export function migrate(db: Database, versions: Versions): void {
  const applied = versionOf(db);
  if (applied > versions.length) throw new NewerSchema(applied, versions.length);
  if (applied === versions.length) return;
  for (const sql of versions.slice(applied)) db.run(sql);
  db.run(`PRAGMA user_version = ${versions.length}`);
}

function versionOf(db: Database): number {
  using statement = db.prepare<{ user_version: number }, []>("PRAGMA user_version");
  return statement.get()!.user_version;
}

/** A newer program wrote it. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";

  constructor(found: number, known: number) {
    super(`schema version ${found}, known: ${known}`);
  }
}
