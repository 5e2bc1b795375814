import type { Context } from "./context.ts";
import type { AnyOptionValue, OptionSpecs, OptionValues } from "./option-spec.ts";

/** Process exit status of a command: 0 done, 1 failed, 2 the command line was wrong, 3 done in part. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface PositionalSpec {
  name: string;
  description: string;
  optional?: boolean;
  /** Takes all that follow; the last positional only. */
  multiple?: boolean;
  choices?: readonly string[];
  completes?: "file" | "directory";
}

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
