/** Beginnings of licence texts, with the SPDX identifier or the name that people use. */
const TEXTS: readonly [RegExp, string][] = [
  [/Apache License\s+Version 2\.0/i, "apache-2.0"],
  [/\bMIT License\b|Permission is hereby granted, free of charge/i, "mit"],
  [/LLAMA\s*(\d(?:\.\d)?)\s*COMMUNITY LICENSE/i, "llama$1"],
  [/Gemma Terms of Use/i, "gemma"],
  [/Mistral (?:AI )?Research License/i, "mrl"],
  [/Mistral (?:AI )?Non-Production License/i, "mnpl"],
  [/Tongyi Qianwen|Qwen (?:RESEARCH )?LICENSE AGREEMENT/i, "qwen"],
  [/Attribution-NonCommercial 4\.0/i, "cc-by-nc-4.0"],
  [/Attribution 4\.0 International/i, "cc-by-4.0"],
  [/BSD 3-Clause/i, "bsd-3-clause"],
  [/NVIDIA Open Model License/i, "nvidia-open-model-license"],
];

/** The licence that a text is, by its beginning; undefined when it is none of the known. */
export function licenceOfText(text: string): string | undefined {
  const plain = text.replace(/\s+/g, " ");
  for (const [pattern, name] of TEXTS) {
    const match = pattern.exec(plain);
    if (match !== null) return name.replace("$1", match[1] ?? "");
  }
  return undefined;
}

/** `license:` of a model card's front matter; `license_name:` where it says "other". */
export function licenceOfCard(text: string): string | undefined {
  const matter = /^---\r?\n([\s\S]*?)\n---/.exec(text)?.[1] ?? (text.startsWith("---") ? text : "");
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}:[ \\t]*["']?([\\w.+-]{1,80})["']?[ \\t]*\\r?$`, "m").exec(matter)?.[1];
  const licence = value("license");
  return licence === "other" ? (value("license_name") ?? licence) : licence;
}
