/** A property list as launchd reads it (plist(5)). */
export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue };

export const plist = (value: PlistValue, remark: string): string =>
  `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${remark.replaceAll("--", "- -")} -->`,
    '<plist version="1.0">',
    ...element(value, ""),
    "</plist>",
  ].join("\n")}\n`;

function element(value: PlistValue, indent: string): string[] {
  const inner = `${indent}  `;
  if (typeof value === "boolean") return [`${indent}<${value}/>`];
  if (typeof value === "number") return [`${indent}<integer>${value}</integer>`];
  if (typeof value === "string") return [`${indent}<string>${escaped(value)}</string>`];
  if (Array.isArray(value))
    return [`${indent}<array>`, ...value.flatMap((item) => element(item, inner)), `${indent}</array>`];
  const entries = Object.entries(value as { readonly [key: string]: PlistValue });
  return [
    `${indent}<dict>`,
    ...entries.flatMap(([key, item]) => [`${inner}<key>${escaped(key)}</key>`, ...element(item, inner)]),
    `${indent}</dict>`,
  ];
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
