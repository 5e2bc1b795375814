import { ExpectedError, toError } from "../base/errors.ts";
import type { Check } from "../runtime/ports/health.ts";
import type { Tool } from "../runtime/ports/tool.ts";
import type { ToolSetting } from "./config.ts";
import type { OpenTools, ToolSetup } from "./factory.ts";
import { factoryOf } from "./table.ts";

/** All tools of an agent, open. */
export interface ToolBox {
  /** As they are now: an MCP server may add and remove some, so read it anew for every task. */
  readonly tools: Tool[];
  /** Health of the tools that can tell, by their names in `[tools]`. */
  checks(): Promise<Record<string, Check>>;
  /** Closes everything; a second call does nothing. Never rejects. */
  close(): Promise<void>;
}

interface Opened extends OpenTools {
  name: string;
}

/**
 * Opens every tool at once (FR-002 step 5). When one cannot be opened, closes the others and rejects with one
 * ExpectedError that names every tool that failed and what to do about it.
 */
export async function openTools(settings: readonly ToolSetting[], setup: ToolSetup): Promise<ToolBox> {
  const results = await Promise.allSettled(settings.map((setting) => openOne(setting, setup)));
  const opened = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [{ name: settings[i]!.name, error: toError(result.reason) }] : [],
  );
  const box = toolBox(opened, setup);
  const error = failures.length > 0 ? openingFailed(failures) : sameName(opened);
  if (error === undefined) return box;
  await box.close();
  throw error;
}

async function openOne(setting: ToolSetting, setup: ToolSetup): Promise<Opened> {
  const factory = factoryOf(setting);
  if (factory === undefined) throw new ExpectedError(`there is no tool implementation "${setting.impl}"`);
  const open = await factory.open(setting, { ...setup, log: setup.log.child({ tool: setting.name }) });
  // Not spread: the tools may be a getter.
  return {
    name: setting.name,
    get tools() {
      return open.tools;
    },
    ...(open.check && { check: () => open.check!() }),
    ...(open.close && { close: () => open.close!() }),
  };
}

function toolBox(opened: readonly Opened[], { log }: ToolSetup): ToolBox {
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    const results = await Promise.allSettled(opened.map((open) => open.close?.()));
    for (const [i, result] of results.entries()) {
      if (result.status === "rejected") {
        log.warn({ tool: opened[i]!.name, error: toError(result.reason) }, "tool did not close cleanly");
      }
    }
  };
  return {
    get tools() {
      return uniqueByName(opened.flatMap((open) => open.tools));
    },
    checks: () => checkAll(opened),
    close: () => (closing ??= closeAll()),
  };
}

/** A server may come to offer a name that is taken: whoever had it first keeps it. */
function uniqueByName(tools: readonly Tool[]): Tool[] {
  const byName = new Map<string, Tool>();
  for (const tool of tools) if (!byName.has(tool.name)) byName.set(tool.name, tool);
  return [...byName.values()];
}

async function checkAll(opened: readonly Opened[]): Promise<Record<string, Check>> {
  const checkable = opened.filter((open) => open.check !== undefined);
  const checks = await Promise.all(checkable.map((open) => checkOne(open)));
  return Object.fromEntries(checkable.map(({ name }, i) => [name, checks[i]!]));
}

async function checkOne(open: Opened): Promise<Check> {
  try {
    return await open.check!();
  } catch (thrown) {
    return { status: "unhealthy", message: toError(thrown).message };
  }
}

interface Failure {
  name: string;
  error: Error;
}

function openingFailed(failures: readonly Failure[]): ExpectedError {
  const [first] = failures;
  if (failures.length === 1 && first) {
    const hint = first.error instanceof ExpectedError ? first.error.hint : undefined;
    return new ExpectedError(`tool "${first.name}" could not be opened: ${first.error.message}`, {
      where: `tools.${first.name}`,
      cause: first.error,
      ...(hint !== undefined && { hint }),
    });
  }
  const lines = failures.map(({ name, error }) => {
    const hint = error instanceof ExpectedError && error.hint !== undefined ? `. ${error.hint}` : "";
    return `  ${name}: ${error.message}${hint}`;
  });
  return new ExpectedError(`${failures.length} tools could not be opened:\n${lines.join("\n")}`, {
    where: `tools.${failures.map(({ name }) => name).join(", tools.")}`,
    hint: "Mend each as said beside it, or take it out of [tools].",
    cause: new AggregateError(failures.map(({ error }) => error)),
  });
}

function sameName(opened: readonly Opened[]): ExpectedError | undefined {
  const owners = new Map<string, string>();
  for (const { name, tools } of opened) {
    for (const tool of tools) {
      const owner = owners.get(tool.name);
      if (owner !== undefined && owner !== name) return collision(tool.name, owner, name);
      owners.set(tool.name, name);
    }
  }
  return undefined;
}

const collision = (tool: string, first: string, second: string): ExpectedError =>
  new ExpectedError(`two tools are called "${tool}": one of tools.${first}, one of tools.${second}`, {
    where: `tools.${second}`,
    hint: "Rename one of the two entries of [tools], or leave the tool out of one with exclude.",
  });
