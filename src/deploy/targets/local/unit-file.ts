/** Text of a systemd unit (systemd.syntax(7)). */

export type Setting = readonly [key: string, value: string | number | readonly string[]] | { remark: string };
export type Sections = Readonly<Record<string, readonly Setting[]>>;

export const unitFile = (header: string, sections: Sections): string =>
  `${[
    ...header.split("\n").map((line) => `# ${line}`),
    ...Object.entries(sections).flatMap(([name, settings]) => [
      "",
      `[${name}]`,
      ...settings.map(settingLine),
    ]),
  ].join("\n")}\n`;

const settingLine = (setting: Setting): string => {
  if (!Array.isArray(setting)) return `# ${(setting as { remark: string }).remark}`;
  const [key, value] = setting as readonly [string, string | number | readonly string[]];
  return `${key}=${Array.isArray(value) ? value.join(" ") : value}`;
};

/** `%` begins a specifier (systemd.unit(5), Specifiers). */
const withoutSpecifiers = (text: string): string => text.replaceAll("%", "%%");

/** One word in double quotes, by C's escapes; other control characters are written by their number. */
const quoted = (text: string): string =>
  `"${text
    .replace(/["\\]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replace(/[\u0000-\u001f\u007f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;

/** Text that stands for itself in a line that is not split into words: Description=. */
export const plainText = (text: string): string => withoutSpecifiers(text.replace(/\s+/g, " ").trim());

/** Environment="NAME=value": `$` has no meaning there. */
export const variable = (name: string, value: string): Setting => [
  "Environment",
  quoted(withoutSpecifiers(`${name}=${value}`)),
];

/** A word of ExecStart=, where `$` begins a variable. */
export const word = (text: string): string =>
  /^[A-Za-z0-9_@/.:=,-]+$/.test(text) ? text : quoted(withoutSpecifiers(text).replaceAll("$", "$$$$"));
