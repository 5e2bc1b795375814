import type { ModelCar } from "./types.ts";

/** The file's own way to indent, so that the difference shows what was changed alone. */
export function styleOf({ text }: ModelCar): {
  lineWidth: number;
  indentSeq: boolean;
  indent: number;
  flowCollectionPadding: boolean;
} {
  const indentSeq = !/^( *)[^\s#-][^\n]*:[ \t]*(?:[&#][^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*\1- /m.test(text);
  const step = /^[^\s#-][^\n]*:[ \t]*\n( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2;
  const flowCollectionPadding = !/[[{][^\s\]}]/.test(text.replace(/\{\{[^}]*\}\}/g, ""));
  return { lineWidth: 0, indentSeq, indent: Math.min(8, Math.max(2, step)), flowCollectionPadding };
}
