import { Copy, DockerfileParser, Env, From, type Instruction, JSONInstruction, Label } from "dockerfile-ast";

/**
 * The rules of hadolint (https://github.com/hadolint/hadolint#rules) that a Dockerfile of ours could break, by their
 * numbers there, for machines without hadolint. Gives what is wrong, as "DL3007 line 3: …".
 */
export function dockerfileMistakes(text: string): string[] {
  const dockerfile = DockerfileParser.parse(text);
  const stages = stagesOf(dockerfile.getInstructions());
  const args = new Map(
    dockerfile
      .getInitialARGs()
      .map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue() ?? ""]),
  );
  return [
    ...dockerfile
      .getInstructions()
      .flatMap((instruction) => (ofInstruction(instruction) ?? []).map(at(instruction))),
    ...stages.flatMap(ofStage),
    ...ofUser(stages),
    ...ofImages(stages, args),
  ];
}

type Mistake = string | false | undefined;
type Stage = Instruction[];

const at = (instruction: Instruction) => (mistake: string) => {
  const [rule, ...rest] = mistake.split(" ");
  return `${rule} line ${instruction.getRange().start.line + 1}: ${rest.join(" ")}`;
};
const real = (mistakes: Mistake[]): string[] => mistakes.filter((mistake) => typeof mistake === "string");

function stagesOf(instructions: Instruction[]): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction instanceof From) stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** What a line says, comments and continued lines as the shell sees them. */
const shellOf = (instruction: Instruction): string =>
  (instruction.getRawArgumentsContent() ?? "").replace(/^\s*#.*$/gm, "").replace(/\\\n/g, " ");

function ofInstruction(instruction: Instruction): string[] | undefined {
  const keyword = instruction.getKeyword();
  const text = shellOf(instruction);
  switch (keyword) {
    case "WORKDIR":
      return real([!/^["']?(\/|\$)/.test(text) && "DL3000 WORKDIR is relative"]);
    case "RUN":
      return ofRun(text);
    case "ADD":
      return ["DL3020 ADD where COPY would do"];
    case "MAINTAINER":
      return ["DL4000 MAINTAINER is deprecated"];
    case "CMD":
    case "ENTRYPOINT":
      return real([
        !(instruction instanceof JSONInstruction && instruction.getOpeningBracket()) &&
          "DL3025 arguments not as JSON",
      ]);
    case "HEALTHCHECK":
      return real([!/CMD \[|NONE/.test(text) && "DL3025 arguments not as JSON"]);
    case "ENV":
      return instruction instanceof Env ? ofEnv(instruction) : [];
    case "LABEL":
      return instruction instanceof Label ? ofLabel(instruction) : [];
    default:
      return undefined;
  }
}

const ofRun = (text: string): string[] => {
  const installs = /apt-get\b[^&|;]*\binstall\b/.test(text);
  return real([
    /(^|&&|;|\()\s*sudo\b/.test(text) && "DL3004 sudo",
    /(^|&&|;)\s*cd\s/.test(text) && "DL3003 cd where WORKDIR would do",
    /(^|&&|;|then)\s*apt\s/.test(text) && "DL3027 apt is for people",
    installs && !/install\b[^&|;]*(\s-y\b|\s--yes\b)/.test(text) && "DL3014 apt-get install without -y",
    installs && !text.includes("--no-install-recommends") && "DL3015 apt-get install with recommendations",
    installs && !/rm -rf \/var\/lib\/apt\/lists/.test(text) && "DL3009 lists of apt-get are left",
    /\|(?!\|)/.test(text.replace(/[^\s]+ \| [^\s]+\)/g, "")) &&
      !text.includes("pipefail") &&
      "DL4006 a pipe without pipefail",
  ]);
};

const ofEnv = (env: Env): string[] => {
  const names = env.getProperties().map((property) => property.getName());
  const uses = (value: string | null, name: string) => new RegExp(`\\$\\{?${name}\\b`).test(value ?? "");
  return real(
    env
      .getProperties()
      .map(
        (property) =>
          names.some((name) => name !== property.getName() && uses(property.getValue(), name)) &&
          `DL3044 ${property.getName()} refers to a variable of the same ENV`,
      ),
  );
};

const ofLabel = (label: Label): string[] =>
  real(
    label
      .getProperties()
      .map(
        (property) =>
          !/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/.test(property.getName()) &&
          `DL3048 label ${property.getName()}`,
      ),
  );

const named = (stage: Stage, keyword: string): Instruction[] =>
  stage.filter((instruction) => instruction.getKeyword() === keyword);

const ONE_EACH = { CMD: "DL4003", ENTRYPOINT: "DL4004", HEALTHCHECK: "DL3012" };

function ofStage(stage: Stage): string[] {
  return [
    ...Object.entries(ONE_EACH).flatMap(([keyword, rule]) =>
      named(stage, keyword)
        .slice(1)
        .map((second) => at(second)(`${rule} more than one ${keyword}`)),
    ),
    ...stage.flatMap((instruction, i) =>
      instruction.getKeyword() === "RUN" && stage[i + 1]?.getKeyword() === "RUN"
        ? [at(stage[i + 1]!)("DL3059 RUN right after RUN")]
        : [],
    ),
  ];
}

/** Of the last stage, or of that which it is made from. */
function ofUser(stages: Stage[]): string[] {
  const userOf = (stage: Stage | undefined): Instruction | undefined => {
    const from = stage?.[0];
    if (stage === undefined || !(from instanceof From)) return undefined;
    const base = stages.find(([first]) => first instanceof From && first.getBuildStage() === from.getImage());
    return named(stage, "USER").at(-1) ?? (base === stage ? undefined : userOf(base));
  };
  const user = userOf(stages.at(-1));
  return user === undefined || /^(root|0)\b/.test(user.getArgumentsContent() ?? "")
    ? ["DL3002 the last USER is root"]
    : [];
}

/** Tags, and the names of stages. */
function ofImages(stages: Stage[], args: ReadonlyMap<string | undefined, string>): string[] {
  const seen = new Set<string>();
  return stages.flatMap((stage) => {
    const from = stage[0] as From;
    const name = from.getBuildStage();
    const image = (from.getImage() ?? "").replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? "");
    const mistakes = real([
      !seen.has(image) && !/:[^/]+$|@sha256:/.test(image) && "DL3006 an image without a tag",
      image.endsWith(":latest") && "DL3007 the tag latest",
      name !== null && seen.has(name) && `DL3024 two stages ${name}`,
    ]).map(at(from));
    const copies = stage.flatMap((instruction) => {
      const source = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined;
      return source && !seen.has(source)
        ? [at(instruction)(`DL3022 COPY --from=${source}, no stage before`)]
        : [];
    });
    if (name !== null) seen.add(name);
    return [...mistakes, ...copies];
  });
}
