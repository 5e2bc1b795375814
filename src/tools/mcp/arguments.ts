import type { Options, ValidateFunction } from "ajv";
import type { Checked, JsonSchema } from "../../runtime/ports/tool.ts";
import { withoutNulls } from "../without-nulls.ts";

/** Checks arguments against a server's JSON Schema. */
export type CheckArguments = (args: unknown) => Checked;
/** Undefined when the schema is not one that arguments can be checked against. */
export type SchemaCompiler = (schema: JsonSchema) => CheckArguments | undefined;

const MAX_PROBLEMS = 10;

const options: Options = {
  strict: false, // keywords of others are let through
  allErrors: true,
  validateFormats: false, // formats are hints (draft 2020-12 §7.2.1)
  addUsedSchema: false, // two tools may have schemas of the same $id
  logger: false,
};

/** A compiler for draft 2020-12, MCP's default, and for draft-07 where a schema says so. Loads ajv. */
export async function schemaCompiler(): Promise<SchemaCompiler> {
  const [{ Ajv }, { Ajv2020 }] = await Promise.all([import("ajv"), import("ajv/dist/2020.js")]);
  return (schema) => {
    const { $schema, ...body } = schema;
    const old = typeof $schema === "string" && /draft-0[4-7]/.test($schema);
    try {
      // A fresh one each time: it keeps what it has compiled.
      const validate = (old ? new Ajv(options) : new Ajv2020(options)).compile(body);
      return (args) => check(validate, args);
    } catch {
      return undefined;
    }
  };
}

function check(validate: ValidateFunction, args: unknown): Checked {
  if (validate(args)) return { ok: true, value: args };
  const problems = problemsOf(validate);
  const value = withoutNulls(args);
  return validate(value) ? { ok: true, value } : { ok: false, problems };
}

const problemsOf = ({ errors }: ValidateFunction): string[] =>
  (errors ?? []).slice(0, MAX_PROBLEMS).map(({ instancePath, keyword, params, message = "is not valid" }) => {
    const path = instancePath.slice(1).replaceAll("/", ".");
    const where = path === "" ? "the arguments" : path;
    if (keyword === "additionalProperties") return `${where} must not have "${params["additionalProperty"]}"`;
    if (keyword === "enum") return `${where} must be one of ${JSON.stringify(params["allowedValues"])}`;
    return `${where} ${message}`;
  });
