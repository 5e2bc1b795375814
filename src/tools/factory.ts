import type { Clock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import * as z from "../base/zod.ts";
import type { Logger } from "../log/logger.ts";
import type { Check } from "../runtime/ports/health.ts";
import type { Tool } from "../runtime/ports/tool.ts";
import type { ToolSetting } from "./config.ts";

/** The part of `fetch` that tools use. */
export type Fetch = (url: string, init?: BunFetchRequestInit) => Promise<Response>;

/** Addresses of a host name, as numeric texts; rejects when there are none. */
export type ResolveHost = (hostname: string) => Promise<string[]>;

/** What a tool gets from the outside. */
export interface ToolSetup {
  env: Env;
  /** Folder of the config; relative paths are taken from it. */
  baseDir: string;
  log: Logger;
  /** Gives up opening: connections that are being made are dropped. */
  signal?: AbortSignal;
  /** File of this program, for tools that start it once more; absent: not known. */
  executable?: string | undefined;
  fetch?: Fetch;
  resolve?: ResolveHost;
  clock?: Clock;
}

/** What one entry of `[tools]` opened to. */
export interface OpenTools {
  /** The tools as they are now: a server may change them, so read it anew for every task. */
  readonly tools: readonly Tool[];
  /** For `/health`: must be quick, and must not throw. */
  check?(): Promise<Check> | Check;
  /** Lets go of what was opened; a second call does nothing. */
  close?(): Promise<void>;
}

/** A kind of tool, as the table holds it. The schema loads nothing heavy: validation and editors use it alone. */
export interface ToolFactory {
  /** Its own name: `name = "builtin"` and `impl = "name"` mean it. */
  readonly name: string;
  /** Further values of `impl` that mean it. */
  readonly impls: readonly string[];
  /** One line for people. */
  readonly summary: string;
  /** Options as the config has them; the schema is made when it is first asked for. */
  options(): z.ZodMiniType;
  /** Environment variables that its secrets come from; options that are wrong name none. */
  secretEnvs(setting: ToolSetting): string[];
  /** What the setting opens that should be known; options that are wrong open nothing. */
  warnings(setting: ToolSetting): ToolWarning[];
  /** Makes the tools, connected. Rejects with an ExpectedError when a person can mend it. */
  open(setting: ToolSetting, setup: ToolSetup): Promise<OpenTools>;
}

/** Something that is not wrong but should be known. */
export interface ToolWarning {
  option: string;
  /** A sentence that goes on after the option's path: `the model may reach …`. */
  message: string;
}

/** A setting whose options were checked. */
export interface Setting<Options> {
  name: string;
  impl: string;
  options: Options;
}

type Valid<Schema extends z.ZodMiniType> = Setting<z.output<Schema>>;

export interface FactorySpec<Schema extends z.ZodMiniType> {
  name: string;
  impls?: readonly string[];
  summary: string;
  /** Makes the schema. Most of the tools are in no given config: theirs is never made. */
  options(): Schema;
  secretEnvs?(setting: Valid<Schema>): string[];
  warnings?(setting: Valid<Schema>): ToolWarning[];
  open(setting: Valid<Schema>, setup: ToolSetup): Promise<OpenTools>;
}

/** A factory whose functions get checked options of the schema's type. */
export function toolFactory<Schema extends z.ZodMiniType>(spec: FactorySpec<Schema>): ToolFactory {
  let made: Schema | undefined;
  const options = () => (made ??= spec.options());
  const tellOf = <T>(tell: ((setting: Valid<Schema>) => T[]) | undefined, setting: ToolSetting): T[] => {
    const parsed = tell && z.parseOnce(options(), setting.options);
    return tell && parsed?.success ? tell({ ...setting, options: parsed.data }) : [];
  };
  return {
    name: spec.name,
    impls: spec.impls ?? [],
    summary: spec.summary,
    options,
    secretEnvs: (setting) => tellOf(spec.secretEnvs, setting),
    warnings: (setting) => tellOf(spec.warnings, setting),
    async open(setting, setup) {
      return spec.open({ ...setting, options: options().parse(setting.options, { jitless: true }) }, setup);
    },
  };
}
