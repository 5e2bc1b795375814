import type { Program } from "./table.ts";
import { versionLine } from "./version.ts";
import type { World } from "./world.ts";

/**
 * Runs a command line; the result is the exit status of the process. Never rejects. A bare --version or --help is
 * answered here, so that scripts and shells that ask often do not wait for modules that the answer does not need.
 */
export async function dispatch(program: Program, argv: readonly string[], world: World): Promise<number> {
  try {
    const [only, ...more] = argv;
    if (more.length === 0 && (only === "--version" || only === "-V")) {
      world.stdout.write(`${versionLine(program.name)}\n`);
      return 0;
    }
    if (more.length === 0 && (only === undefined || only === "--help" || only === "-h")) {
      const { programHelp } = await import("./help.ts");
      world.stdout.write(programHelp(program, world.stdout));
      return 0;
    }
    const { runLine } = await import("./run-line.ts");
    return await runLine(program, argv, world);
  } catch (error) {
    return report(error, program.name, argv, world);
  }
}

/** The command line may be what was wrong, so the two options that matter here are looked for in it as text. */
export async function report(
  error: unknown,
  program: string,
  argv: readonly string[],
  { stderr }: Pick<World, "stderr">,
): Promise<number> {
  const { reportError } = await import("./report-error.ts");
  return reportError(error, {
    program,
    stderr,
    json: argv.includes("--json"),
    verbose: argv.includes("--verbose"),
  });
}
