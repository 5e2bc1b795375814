import { ExpectedError } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import { RESULT_FORMAT, type Result, resultSchema } from "./result-schema.ts";

/** A result that was written before. Throws an ExpectedError for what is none. */
export function readResult(text: string, where: string): Result {
  const value = parseJson(text);
  const format = stringField(value, "format");
  if (format !== RESULT_FORMAT) {
    const found =
      format === undefined ? "it is none" : `it says "${format}", and "${RESULT_FORMAT}" is read here`;
    throw new ExpectedError(`this is not the result of a deployment: ${found}`, {
      where,
      hint: "Name the result.json in a folder that 'deploy-model run' wrote, or the folder.",
    });
  }
  const parsed = resultSchema().safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ExpectedError(`this result is damaged: ${z.prettifyError(parsed.error)}`, { where });
}
