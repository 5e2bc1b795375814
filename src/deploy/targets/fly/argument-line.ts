/** Arguments as the line that flyctl splits by the rules of the POSIX shell: `[processes]`. */
export const argumentLine = (args: readonly string[]): string => args.map(quoted).join(" ");

const quoted = (arg: string): string =>
  /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'"'"'`)}'`;
