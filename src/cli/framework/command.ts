import type { Context } from "./context.ts";

/** Process exit status of a command: 0 done, 1 failed, 2 the command line was wrong, 3 done in part. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface OptionSpec {
  type: "boolean" | "string" | "number";
  /** One letter: `-f`. */
  short?: string;
  /** What the value is called in the help: `FILE`. */
  value?: string;
  description: string;
  default?: string | number;
  choices?: readonly string[];
  /** Environment variable that stands in when the option is not given. */
  env?: string;
  /** May be given more than once; the value is an array. */
  multiple?: boolean;
  /** Smallest number taken. */
  min?: number;
  /** Largest number taken. */
  max?: number;
  /** No fractions are taken. */
  whole?: boolean;
  /** What shells complete the value with; choices are completed anyway. */
  completes?: "file" | "directory";
  /** Accepted, but not shown. */
  hidden?: boolean;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface PositionalSpec {
  name: string;
  description: string;
  optional?: boolean;
  /** Takes all that follow; the last positional only. */
  multiple?: boolean;
  choices?: readonly string[];
  completes?: "file" | "directory";
}

type Given<O extends OptionSpec> = O["choices"] extends readonly (infer C)[]
  ? C
  : { boolean: boolean; string: string; number: number }[O["type"]];

type Value<O extends OptionSpec> = O["multiple"] extends true
  ? Given<O>[]
  : O["type"] extends "boolean"
    ? boolean
    : O["default"] extends string | number
      ? Given<O>
      : Given<O> | undefined;

/** Values of the options: a boolean is false, a list empty and anything else undefined unless given. */
export type OptionValues<O extends OptionSpecs> = { [Name in keyof O]: Value<O[Name]> };

type Word<P extends PositionalSpec> = P["choices"] extends readonly (infer C)[] ? C : string;

type ArgumentValue<P extends PositionalSpec> = P["multiple"] extends true
  ? Word<P>[]
  : P["optional"] extends true
    ? Word<P> | undefined
    : Word<P>;

export type ArgumentValues<P extends readonly PositionalSpec[]> = {
  [Spec in P[number] as Spec["name"]]: ArgumentValue<Spec>;
};

export interface Example {
  command: string;
  /** What it does, when the command does not say it. */
  note?: string;
}

export interface CommandSpec<P extends readonly PositionalSpec[], O extends OptionSpecs> {
  /** One line, in the imperative, without a full stop. */
  summary: string;
  /** Paragraphs below the usage line. */
  description?: string;
  positionals?: P;
  options?: O;
  examples?: readonly Example[];
  run(ctx: Context, args: ArgumentValues<P>, options: OptionValues<O>): Promise<ExitCode>;
}

export type AnyOptionValue = boolean | string | number | (string | number | boolean)[] | undefined;

/** A command whose types of values are forgotten: what the framework works with. */
export interface Command {
  summary: string;
  description?: string;
  positionals: readonly PositionalSpec[];
  options: OptionSpecs;
  examples: readonly Example[];
  run(
    ctx: Context,
    args: Record<string, string | string[] | undefined>,
    options: Record<string, AnyOptionValue>,
  ): Promise<ExitCode>;
}

/**
 * A command, with the types of its values inferred from what it declares. That the values have these types is parse.ts's
 * promise: hence the cast.
 */
export function defineCommand<
  const P extends readonly PositionalSpec[] = readonly [],
  const O extends OptionSpecs = Record<never, never>,
>(spec: CommandSpec<P, O>): Command {
  return { positionals: [], options: {}, examples: [], ...spec } as Command;
}
