import type { OptionSpecs } from "./option-spec.ts";

/** An option as it was written: its long name, and what stood there. */
export interface OptionToken {
  kind: "option";
  name: string;
  /** `--name` or `-n`. */
  rawName: string;
  value: string | undefined;
  /** `--name=value`, `-nvalue`. */
  inlineValue: boolean;
}

export interface WordToken {
  kind: "word";
  value: string;
  /** Its place among the arguments. */
  index: number;
}

/**
 * Arguments as options and words, by the rules of Node's util.parseArgs (which is not loaded for it: that takes as long as
 * all of a short command). Unknown options become tokens too, without a value, to be told about in our words.
 */
export function tokensOf(argv: readonly string[], specs: OptionSpecs): (OptionToken | WordToken)[] {
  const tokens: (OptionToken | WordToken)[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index]!;
    if (arg === "--")
      return [...tokens, ...argv.slice(index + 1).map((value, i) => word(value, index + 1 + i))];
    const options = optionsIn(arg, specs);
    tokens.push(...(options.length === 0 ? [word(arg, index)] : options));
    const last = options.at(-1);
    if (last?.inlineValue === false && takesValue(last.name, specs) && index + 1 < argv.length)
      last.value = argv[++index];
  }
  return tokens;
}

const word = (value: string, index: number): WordToken => ({ kind: "word", value, index });

const takesValue = (name: string, specs: OptionSpecs): boolean =>
  Object.hasOwn(specs, name) && specs[name]!.type !== "boolean";

/** The options of one argument: several in `-abc`, none in a word. */
function optionsIn(arg: string, specs: OptionSpecs): OptionToken[] {
  if (arg.startsWith("--")) return [longOption(arg)];
  return arg.startsWith("-") && arg.length > 1 ? shortOptions(arg, specs) : [];
}

function longOption(arg: string): OptionToken {
  const equals = arg.indexOf("=", 3);
  const rawName = equals < 0 ? arg : arg.slice(0, equals);
  const value = equals < 0 ? undefined : arg.slice(equals + 1);
  return { kind: "option", name: rawName.slice(2), rawName, value, inlineValue: equals >= 0 };
}

function shortOptions(arg: string, specs: OptionSpecs): OptionToken[] {
  const options: OptionToken[] = [];
  for (let at = 1; at < arg.length; at++) {
    const short = arg[at]!;
    const name = Object.keys(specs).find((long) => specs[long]!.short === short) ?? short;
    const rest = arg.slice(at + 1);
    const hasValue = rest !== "" && takesValue(name, specs);
    const value = hasValue ? rest : undefined;
    options.push({ kind: "option", name, rawName: `-${short}`, value, inlineValue: hasValue });
    if (hasValue) break;
  }
  return options;
}
