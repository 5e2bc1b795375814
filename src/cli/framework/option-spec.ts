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

/** A value whose option is not known. */
export type AnyOptionValue = boolean | string | number | (string | number | boolean)[] | undefined;
