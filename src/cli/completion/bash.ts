import type { Completion, Node, Script } from "./model.ts";

/** A completion script that needs nothing but bash 3.2 or later (that of macOS). */
export function bashScript({ name, called, nodes }: Script): string {
  const complete = `_${name.replace(/[^a-zA-Z0-9]/g, "_")}`;
  return `# bash completion for ${name}; to have it in every shell:
#   ${called} completion bash > ~/.local/share/bash-completion/completions/${name}
${complete}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= path= word i=1 skip=
  [ "$COMP_CWORD" -gt 0 ] && prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # bash splits --option=value into three words.
  if [ "$cur" = "=" ]; then cur=; elif [ "$prev" = "=" ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word=\${COMP_WORDS[i]}
    i=$((i + 1))
    if [ -n "$skip" ]; then skip=; continue; fi
    case "$path $word" in
${nodes.flatMap(transitions).join("\n")}
${nodes.flatMap(valueOptions).join("\n")}
${nodes.flatMap(wrongWords).join("\n")}
    esac
  done
  case "$path $prev" in
${nodes.flatMap(optionValues).join("\n")}
  esac
  case "$path" in
${nodes.map(words).join("\n")}
  esac
}
complete -F ${complete} ${name}
`;
}

const pathOf = (path: readonly string[]): string => path.map((word) => `/${word}`).join("");
const quote = (text: string): string => `"${text}"`;

/** From one command to one below it. */
const transitions = ({ path, children }: Node): string[] =>
  children.map(({ names }) => {
    const patterns = names.map((name) => quote(`${pathOf(path)} ${name}`)).join("|");
    return `      ${patterns}) path=${pathOf([...path, names[0]!])} ;;`;
  });

/** Nothing is offered after a word that is no command. */
const wrongWords = ({ path, children }: Node): string[] =>
  children.length === 0 ? [] : [`      ${quote(`${pathOf(path)} `)}[!-]*) path=/? ;;`];

const spellings = (path: readonly string[], { name, short }: Node["options"][number]): string =>
  [`--${name}`, ...(short ? [`-${short}`] : [])]
    .map((option) => quote(`${pathOf(path)} ${option}`))
    .join("|");

/** Options whose value is the next word: that is no command. */
const valueOptions = ({ path, options }: Node): string[] =>
  options.filter((option) => option.value).map((option) => `      ${spellings(path, option)}) skip=1 ;;`);

const optionValues = ({ path, options }: Node): string[] =>
  options.flatMap((option) =>
    option.value ? [`    ${spellings(path, option)}) ${reply(option.value)}; return ;;`] : [],
  );

function words({ path, children, options, arguments: args }: Node): string {
  const names = options.map(({ name }) => `--${name}`).join(" ");
  const own = children.flatMap((child) => child.names).join(" ");
  const rest =
    own !== ""
      ? generate(`-W "${own}"`)
      : args.map(({ value }) => reply(value)).find((text) => text !== NOTHING);
  return `    ${quote(pathOf(path))})
      case "$cur" in
        -*) ${generate(`-W "${names}"`)} ;;
        *) ${rest ?? NOTHING} ;;
      esac ;;`;
}

const NOTHING = ":";
const generate = (how: string): string => `COMPREPLY=($(compgen ${how} -- "$cur"))`;

/** Names may hold spaces; bash 3.2 has no compopt. */
const paths = (kind: string): string =>
  `local IFS=$'\\n'; compopt -o filenames 2>/dev/null; ${generate(kind)}`;

function reply(completion: Completion): string {
  if ("choices" in completion) return generate(`-W "${completion.choices.join(" ")}"`);
  if ("files" in completion) return paths("-f");
  if ("directories" in completion) return paths("-d");
  return NOTHING;
}
