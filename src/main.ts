import { versionLine } from "./cli/framework/version.ts";
import { programNamed } from "./cli/index.ts";

/**
 * The entry. What scripts and shells ask most often is answered before anything else is loaded: even node:fs takes as
 * long as an answer. On a terminal help is laid out for it, which is for the rest of the program to do.
 */
const [only, ...more] = process.argv.slice(2);
/** What cannot be written is left to the rest of the program, which tells why. */
const answer = (text: string): Promise<unknown> =>
  Bun.write(Bun.stdout, `${text}\n`).catch(async () => (await import("./program.ts")).run());
if (more.length === 0 && (only === "--version" || only === "-V")) {
  await answer(versionLine(programNamed(process.argv0).name));
} else if (more.length === 0 && only === "--help" && !Bun.enableANSIColors && !process.env["COLUMNS"]) {
  const [{ programHelp }, { colors }] = await Promise.all([
    import("./cli/framework/help.ts"),
    import("./cli/terminal/colors.ts"),
  ]);
  await answer(programHelp(programNamed(process.argv0), { columns: 80, colors: colors(false) }).trimEnd());
} else {
  const { run } = await import("./program.ts");
  await run();
}
process.exit(0);
