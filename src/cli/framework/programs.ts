import type { Entry, Program } from "./table.ts";

/** A program that is a command of another as well, and the heading it stands under in its help. */
export interface Member {
  program: Program;
  group: string;
}

/** The program with others as commands of it: `agent2389 agent-deploy …` is `agent-deploy …`. */
export const withPrograms = (main: Program, members: readonly Member[]): Program => ({
  ...main,
  commands: {
    ...main.commands,
    ...Object.fromEntries(members.map(({ program, group }) => entryOf(program, group))),
  },
});

const entryOf = (program: Program, group: string): [string, Entry] => [
  program.name,
  { group, summary: program.summary, program, load: async () => ({ commands: program.commands }) },
];

/**
 * The program that the executable was called as: a link with its name is that program. `calledAs` may have a path before
 * it, and `.exe` behind it; any name that is none of theirs calls the first.
 */
export function programCalled(programs: readonly [Program, ...Program[]], calledAs: string): Program {
  const file = calledAs.slice(Math.max(calledAs.lastIndexOf("/"), calledAs.lastIndexOf("\\")) + 1);
  const named = ({ name }: Program): boolean => name === file || `${name}.exe` === file.toLowerCase();
  return programs.find(named) ?? programs[0];
}
