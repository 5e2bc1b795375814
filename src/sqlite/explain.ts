import { ExpectedError, errorCode, toError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { NewerSchema } from "./schema.ts";

/** How people are told of a file that cannot be opened. */
export interface Words {
  /** What is in it, as the subject of a sentence: "the journal". */
  name: string;
  /** What to do when another process holds it, as a sentence. */
  inUse: string;
  /** How to have it somewhere else, as the end of a sentence: "give this one …". */
  elsewhere: string;
}

type Told = readonly [what: string, hint: string];

const EXPLANATIONS: Record<string, (words: Words) => Told> = {
  SQLITE_BUSY: ({ name, inUse }) => [`${name} is in use by another process`, inUse],
  SQLITE_NOTADB: ({ name }) => [
    `${name} is not a database`,
    "Move the file away: it was not written by this program.",
  ],
  SQLITE_CORRUPT: ({ name }) => [
    `${name} is damaged`,
    "Move the file away, and keep it: what is in it may be recovered with the sqlite3 tool.",
  ],
  SQLITE_FULL: ({ name, elsewhere }) => [
    `there is no room for ${name}`,
    `Free space on this disk, or ${elsewhere}.`,
  ],
};

/** Why a database cannot be opened, and the remedy; a defect of ours stays as it is. */
export function explain(thrown: unknown, file: string, words: Words): unknown {
  if (errorCode(thrown) === undefined && !(thrown instanceof NewerSchema)) return thrown;
  const [what, hint] = told(thrown, words);
  return new ExpectedError(what, { where: file, hint, cause: thrown });
}

function told(thrown: unknown, words: Words): Told {
  const { name, elsewhere } = words;
  if (thrown instanceof NewerSchema) {
    return [
      `${name} was written by a newer agent2389 (${thrown.message})`,
      `Run the newer program, or ${elsewhere}.`,
    ];
  }
  const code = errorCode(thrown) ?? "";
  const known = Object.entries(EXPLANATIONS).find(([prefix]) => code.startsWith(prefix))?.[1];
  return (
    known?.(words) ?? [
      `${name} cannot be opened: ${systemReason(thrown) ?? toError(thrown).message}`,
      `Check that its folder exists and this user may write to it, or ${elsewhere}.`,
    ]
  );
}
