import type { Completion, Node } from "./model.ts";

export function fishScript(program: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap((node) => [
    ...node.children.map(
      ({ names, summary }) => `${at(program, node)} -f -a ${quote(names.join(" "))} -d ${quote(summary)}`,
    ),
    ...node.options.map(
      ({ name, short, description, value }) =>
        `${at(program, node)} -l ${name}${short ? ` -s ${short}` : ""}${value ? ` -x${offer(value)}` : ""} -d ${quote(description)}`,
    ),
    ...node.arguments.slice(0, 1).map(({ value }) => `${at(program, node)} ${words(value)}`),
  ]);
  return `# fish completion for ${program}; to have it in every shell:
#   ${program} completion fish > ~/.config/fish/completions/${program}.fish
${helper(program, nodes)}
complete -c ${program} -f
${lines.join("\n")}
`;
}

const functionName = (program: string): string => `__${program.replace(/[^a-zA-Z0-9]/g, "_")}_at`;

/** True where the words so far lead to this command: options and their values are left out. */
function helper(program: string, nodes: readonly Node[]): string {
  const takers = nodes.flatMap(({ options }) =>
    options.flatMap(({ name, short, value }) =>
      value ? [`--${name}`, ...(short ? [`-${short}`] : [])] : [],
    ),
  );
  return `function ${functionName(program)}
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${[...new Set(takers)].join(" ")}
            set skip 1
        else if not string match -q -- '-*' $word
            set -a path $word
        end
    end
    set -l depth (count $argv)
    test $depth = 0; and test (count $path) = 0; and return 0
    test $depth -gt 0; and test "$path[1..$depth]" = "$argv"
end`;
}

const at = (program: string, { path }: Node): string =>
  `complete -c ${program} -n ${quote([functionName(program), ...path].join(" "))}`;

/** fish reads backslashes and quotes within single quotes. */
const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

function offer(value: Completion): string {
  if ("choices" in value) return ` -a ${quote(value.choices.join(" "))}`;
  if ("files" in value) return " -a '(__fish_complete_path)'";
  if ("directories" in value) return " -a '(__fish_complete_directories)'";
  return "";
}

function words(value: Completion): string {
  return "files" in value ? "-F" : `-f${offer(value)}`;
}
