import type { Completion, Node, Script } from "./model.ts";

export function fishScript({ name, called, nodes }: Script): string {
  const lines = nodes.flatMap((node) => [
    ...node.children.map(
      ({ names, summary }) => `${at(name, node)} -f -a ${quote(names.join(" "))} -d ${quote(summary)}`,
    ),
    ...node.options.map(
      ({ name: option, short, description, value }) =>
        `${at(name, node)} -l ${option}${short ? ` -s ${short}` : ""}${value ? ` -x${offer(value)}` : ""} -d ${quote(description)}`,
    ),
    ...node.arguments.slice(0, 1).map(({ value }) => `${at(name, node)} ${words(value)}`),
  ]);
  return `# fish completion for ${name}; to have it in every shell:
#   ${called} completion fish > ~/.config/fish/completions/${name}.fish
${helper(name, nodes)}
complete -c ${name} -f
${lines.join("\n")}
`;
}

const functionName = (program: string): string => `__${program.replace(/[^a-zA-Z0-9]/g, "_")}_at`;

/**
 * True where the words so far, without options and their values, lead to this command, or are those of this group: what
 * a command is given are words, too.
 */
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
    set -l depth (math (count $argv) - 1)
    if test $argv[1] = command; and test (count $path) -gt $depth
        set path $path[1..$depth]
    end
    test "$path" = "$argv[2..]"
end`;
}

const at = (program: string, { path, children }: Node): string => {
  const condition = [functionName(program), children.length > 0 ? "group" : "command", ...path];
  return `complete -c ${program} -n ${quote(condition.join(" "))}`;
};

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
