import type { Argument, Completion, Node, Script } from "./model.ts";

export function zshScript({ name, called, nodes }: Script): string {
  return `#compdef ${name}
# zsh completion for ${name}; to have it in every shell, in a folder of your $fpath:
#   ${called} completion zsh > ~/.zfunc/_${name}
${nodes.map((node) => zshFunction(name, node, nodes)).join("\n")}
if [ "$funcstack[1]" = "_${name}" ]; then
  ${functionName(name, [])} "$@"
else
  compdef ${functionName(name, [])} ${name}
fi
`;
}

const functionName = (program: string, path: readonly string[]): string =>
  `_${[program, ...path].map((word) => word.replace(/[^a-zA-Z0-9]/g, "_")).join("__")}`;

function zshFunction(program: string, node: Node, nodes: readonly Node[]): string {
  const options = node.options.flatMap(optionSpecs);
  const isGroup = node.children.length > 0;
  const words = isGroup ? ["'1: :->command'", "'*:: :->rest'"] : node.arguments.map(argumentSpec);
  // What follows the name of a command is for that command to read.
  const reads = isGroup ? "_arguments -s -C -A '-*'" : "_arguments -s -C";
  const call = [reads, ...options, ...words].join(" \\\n    ");
  const body = isGroup ? `${call}\n${dispatch(program, node, nodes)}` : call;
  return `${functionName(program, node.path)}() {
  local context state state_descr line
  typeset -A opt_args
  ${body}
}`;
}

function dispatch(program: string, { path, children }: Node, nodes: readonly Node[]): string {
  const known = new Set(nodes.map((node) => functionName(program, node.path)));
  const offered = children.map(({ names, summary }) => `      ${quote(`${names[0]}:${summary}`)}`).join("\n");
  const branches = children
    .filter(({ names }) => known.has(functionName(program, [...path, names[0]!])))
    .map(({ names }) => `        ${names.join("|")}) ${functionName(program, [...path, names[0]!])} ;;`);
  return `  case "$state" in
    command)
      local -a commands=(
${offered}
      )
      _describe command commands ;;
    rest)
      case "$line[1]" in
${branches.join("\n")}
      esac ;;
  esac`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** In an option's description a bracket or colon would end it. */
const plain = (text: string): string => text.replace(/[[\]:]/g, "\\$&");

const optionSpecs = ({ name, short, description, value }: Node["options"][number]): string[] => {
  const rest = `[${plain(description)}]${value ? `: :${action(value)}` : ""}`;
  const long = quote(`*--${name}${value ? "=" : ""}${rest}`);
  return short ? [long, quote(`*-${short}${value ? "+" : ""}${rest}`)] : [long];
};

const argumentSpec = ({ value, multiple }: Argument, i: number): string =>
  quote(multiple ? `*: :${action(value)}` : `${i + 1}:: :${action(value)}`);

function action(completion: Completion): string {
  if ("choices" in completion) return `(${completion.choices.join(" ")})`;
  if ("files" in completion) return "_files";
  if ("directories" in completion) return "_files -/";
  return " ";
}
