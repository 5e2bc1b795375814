import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";

/** A statement that lasts as long as the database; an open one would keep the file locked after `close`. */
export type Prepare = <Row, Params extends SQLQueryBindings[] = SQLQueryBindings[]>(
  sql: string,
) => Statement<Row, Params>;

/** Prepares statements that end together. */
export function preparedStatements(db: Database): { prepare: Prepare } & Disposable {
  const statements = new DisposableStack();
  return {
    prepare: <Row, Params extends SQLQueryBindings[]>(sql: string) =>
      statements.use(db.prepare<Row, Params>(sql) as Statement<Row, Params>),
    [Symbol.dispose]: () => statements.dispose(),
  };
}
