/** An argument as a POSIX shell reads it back (Shell Command Language §2.2.2); plain words stay as they are. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command as it would be typed. */
export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(" ");
