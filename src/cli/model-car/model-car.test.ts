import { describe, expect, test } from "bun:test";
import { existsSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
import { carFolder, YAML } from "./car-folder.fixture.ts";
import { generatedName } from "./generated-name.ts";

const { at, write, text, run, check } = carFolder();

describe("check", () => {
  test("four sections with their checklists, and the verdict last", async () => {
    const { code, stdout, stderr } = await check("--gpus", "4x NVIDIA-L40S");
    expect(code).toBe(1);
    const places = [
      "Configuration\n- [x]",
      "Accelerator Compatibility\n- [x]",
      "Deployment Decision\n- [x]",
      "QA Validation\n- [ ]",
    ].map((heading) => stdout.indexOf(heading));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBe(0);
    expect(stdout).toMatch(/small +GO +1x NVIDIA-L40S on node-1 +20\.\d\d GiB/);
    expect(stdout).toMatch(/large +NO-GO \(memory\) +2x L40S /);
    expect(stdout).toEndWith("NO-GO: 1 of 2 models does not run: large\n");
    expect(stderr).toContain("'model-car optimize' writes the arguments with which large would start");
  });

  test("GO is 0, NO-GO and UNKNOWN are 1, a wrong command line is 2", async () => {
    expect((await check("--gpus", "8x H200", "-q")).code).toBe(0);
    expect(await check("-q")).toMatchObject({ code: 1, stdout: expect.stringMatching(/^UNKNOWN: /) });
    expect(await check("--gpus", "4x L41")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean L4?"),
    });
    expect((await check("--gpus", "L4", "--inventory", "x")).code).toBe(2);
    expect(await run(["check"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("<modelcar> is missing"),
    });
    expect((await run(["check", "car.base.yaml", "--vllm-version", "new"])).code).toBe(2);
  });

  test("--explain shows each number's formula and what the rules cite", async () => {
    const { stdout } = await check("--gpus", "4x L40S", "--explain");
    expect(stdout).toMatch(/14\.9\d GiB {2}14\.9\d GiB \(by the safetensors headers\)/);
    expect(stdout).toContain("32 layers × 8 KV heads a GPU × (128 + 128) × 2 bytes (a token: 128 KiB)");
    expect(stdout).toContain("(docs.vllm.ai, parallelism and scaling)");
  });

  test("--json is the report alone", async () => {
    const { stdout, stderr } = await check("--gpus", "4x L40S", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      verdict: "NO-GO",
      models: [{ verdict: "GO" }, {}],
    });
    expect(stderr).toBe("");
  });

  test("the page and the Markdown, to files and to standard output", async () => {
    const { stdout } = await check("--gpus", "4x L40S", "--html", "out/a.html", "--markdown", "-");
    expect(stdout).toStartWith("# Model-car: car.base.yaml");
    expect(text("out/a.html")).toStartWith("<!doctype html>");
  });

  test("an earlier run is enough to decide again, without files or network", async () => {
    await check("--gpus", "4x L40S", "--info", "info", "-q");
    for (const folder of ["small", "large", "car.base.yaml"]) await Bun.$`rm -r ${at(folder)}`.quiet();
    const again = await run(["check", "--bootstrap", "info", "-q"]);
    expect(again).toMatchObject({ code: 1, stdout: "NO-GO: 1 of 2 models does not run: large\n" });
    expect((await run(["check", "--bootstrap", "info", "--gpus", "8x H200", "-q"])).code).toBe(0);
    await Bun.$`rm ${at("info/inventory.json")}`;
    expect((await run(["check", "--bootstrap", "info", "-q"])).stdout).toBe(again.stdout);
    const nowhere = await run(["check", "--bootstrap", "nowhere"]);
    expect(nowhere.stderr).toMatch(/nowhere\/models_info\.json\n {2}hint: Name the folder .* wrote/);
  });

  test("what is broken in the file is told with its lines", async () => {
    write("bad.yaml", "model-car:\n  - name: a\n  - name: a\n    image: x\n");
    const { code, stdout, stderr } = await run(["check", "bad.yaml", "--gpus", "L4"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("bad.yaml:2:5: model-car[0]: the key image is missing");
    expect(stderr).toContain('bad.yaml:3:11: model-car[1].name: the name "a" is taken');
  });

  test("reads standard input, and tells a file that is not there", async () => {
    expect((await run(["check", "-", "--gpus", "8x H200", "-q"], {}, YAML)).code).toBe(0);
    expect((await run(["check", "nothing.yaml", "--gpus", "L4"])).stderr).toContain("at nothing.yaml");
  });

  test("no output holds a secret", async () => {
    const pull = Buffer.from("someone:pull-secret-word").toString("base64");
    const env = { OCI_REGISTRY_PULL_SECRET: pull, HF_TOKEN: "hf_abcdefghijklmnop1234" };
    const argv = [
      "check",
      "car.base.yaml",
      "--gpus",
      "4x L40S",
      "--explain",
      "--info",
      "info",
      "--markdown",
      "a.md",
    ];
    const { stdout, stderr } = await run(argv, env);
    const info = ["models_info.json", "report.json", "report.html", "deployment_info.txt"].map((name) =>
      text(`info/${name}`),
    );
    for (const output of [stdout, stderr, text("a.md"), ...info])
      expect(output).not.toMatch(/open-sesame|pull-secret-word|hf_abcdef/);
  });
});

describe("where a report goes", () => {
  test.each([
    [["--json", "--html", "-"], "--json and --html - would both go to standard output"],
    [["--html", "-", "--markdown", "-"], "--html - and --markdown - would both go"],
  ])("%j is refused", async (argv, said) => {
    const { code, stdout, stderr } = await check("--gpus", "L4", ...argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(said);
  });

  test.each([
    ["--html", "/proc/nowhere/x.html"],
    ["--info", "car.base.yaml/info"],
  ])("%s %s: that the folder cannot be made is told before anything is read", async (option, place) => {
    const { code, stdout, stderr } = await check("--gpus", "L4", option, place);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/error: the folder \/.* cannot be made: \w+/);
    expect(stderr).toContain(place);
  });

  test("on a full disk the verdict is told, and why there is no report", async () => {
    const { code, stdout, stderr } = await check("--gpus", "8x H200", "--html", "/dev/full");
    expect(code).toBe(1);
    expect(stdout).toEndWith("GO: all 2 models run at the same time on 8x H200\n");
    expect(stderr).toContain("it cannot be written: no space is left on the disk\n");
    expect(stderr).toContain("/dev/full");
  });
});

describe("optimize", () => {
  test("shows the difference, writes beside the file, and leaves that as it is", async () => {
    const { code, stdout, stderr } = await run(["optimize", "car.base.yaml", "--gpus", "4x L40S"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "-      args: [--max-model-len=16384, --tensor-parallel-size=2]\n+      args: [--max-model-len=16384, --tensor-parallel-size=4]",
    );
    expect(stdout).toContain("OPTIMIZED_SERVING_ARGUMENTS_JSON\n{");
    expect(stdout).not.toContain("open-sesame");
    expect(stderr).toContain("1 of 2 models edited; written to car.generated.yaml.");
    expect(text("car.base.yaml")).toBe(YAML);
    expect(text("car.generated.yaml")).toBe(
      YAML.replace("--tensor-parallel-size=2", "--tensor-parallel-size=4"),
    );
    expect((await run(["check", "car.generated.yaml", "--gpus", "8x L40S", "-q"])).code).toBe(0);
  });

  test("models that nothing makes deployable are left out: 3; none deployable: 1, nothing written", async () => {
    const some = await run(["optimize", "car.base.yaml", "--gpus", "1x L40S"]);
    expect(some).toMatchObject({ code: 3, stdout: expect.stringContaining("large left out") });
    expect(text("car.generated.yaml")).not.toContain("large");
    const none = await run(["optimize", "car.base.yaml", "--gpus", "1x V100", "-o", "none.yaml"]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was written") });
    expect(existsSync(at("none.yaml"))).toBe(false);
  });

  test("never writes over the file that it reads", async () => {
    write("car.generated.yaml", YAML);
    const argv = ["optimize", "car.generated.yaml", "--gpus", "4x L40S"];
    expect(await run(argv)).toMatchObject({ code: 2, stderr: expect.stringContaining("--out") });
    expect((await run([...argv, "-o", "./x/../car.generated.yaml"])).code).toBe(2);
    expect(text("car.generated.yaml")).toBe(YAML);
    for (const [make, name] of [
      [symlinkSync, "soft.yaml"],
      [linkSync, "hard.yaml"],
    ] as const) {
      make(at("car.generated.yaml"), at(name));
      expect((await run([...argv, "-o", name])).code).toBe(2);
      expect(text("car.generated.yaml")).toBe(YAML);
    }
    expect((await run([...argv, "-o", "next.yaml"])).code).toBe(0);
  });

  test("warns where the models of the result do not all run at the same time; the diff names what is written", async () => {
    const argv = ["optimize", "car.base.yaml", "--gpus", "4x L40S", "-o", "other.yaml"];
    const { stdout, stderr } = await run(argv);
    expect(stdout).toStartWith("--- car.base.yaml\n+++ other.yaml\n");
    expect(stderr).toMatch(/\nwarning: not all run at the same time: large runs alone, but/);
    expect(JSON.parse((await run([...argv, "--json"])).stdout).crowded).toContain("not all run");
    expect((await run([...argv.with(3, "8x L40S")])).stderr).not.toContain("warning");
  });

  test("--dry-run writes nothing; --json is one value", async () => {
    const { stdout } = await run(["optimize", "car.base.yaml", "--gpus", "4x L40S", "--dry-run", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      file: null,
      left: [],
      arguments: { large: { args: expect.anything() } },
    });
    expect(existsSync(at("car.generated.yaml"))).toBe(false);
  });

  test.each([
    ["a/car.base.yaml", "a/car.generated.yaml"],
    ["car.yml", "car.generated.yaml"],
    ["-", "modelcar.generated.yaml"],
  ])("%s is written to %s", (file, expected) => {
    expect(generatedName(file)).toBe(expected);
  });
});

describe("the rest", () => {
  test("requirements: what each model is and takes", async () => {
    const { code, stdout } = await run(["requirements", "car.base.yaml"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/small +8\.03 billion +none +1 +14\.9\d GiB +4\.00 GiB/);
    const { stdout: json } = await run(["requirements", "car.base.yaml", "--json"]);
    expect(JSON.parse(json)[1].facts.architecture).toBe("LlamaForCausalLM");
  });

  test("what is odd in the file, and what kept a model from being read, is told by all of them alike", async () => {
    const car = `${YAML}  - { name: gone, image: "oci://localhost:1/org/gone-8b:1", zzz: 1 }\n`;
    write("car.base.yaml", car);
    const line = car.trimEnd().split("\n").length;
    const odd = `car.base.yaml:${line}:61: model-car[2]: the key "zzz" is not known and has no effect`;
    const why = "localhost:1 cannot be reached";
    for (const command of ["requirements", "matrix"]) {
      const { stdout, stderr } = await run([command, "car.base.yaml"]);
      expect(stderr).toStartWith(`warning: ${odd}`);
      expect(stdout).toContain(`\ngone\n  ! ${why}`);
    }
    const { stdout, stderr } = await run(["optimize", "car.base.yaml", "--gpus", "8x H200", "--dry-run"]);
    expect(stderr).toStartWith(`warning: ${odd}`);
    expect(stdout).toMatch(new RegExp(`gone left out: UNKNOWN: .*${why}`));
    const checked = await check("--gpus", "8x H200");
    expect(checked.stdout).toContain(`- [!] Check the file: ${odd}`);
    expect(checked.stdout).toContain(`- [!] Read gone: ${why}`);
  });

  test("a broken file is told with each of its problems apart, under --json, by every command that reads it", async () => {
    write("bad.yaml", "model-car:\n  - nam: a\n    image: 3\n");
    const [first, ...more] = await Promise.all(
      [["check"], ["optimize"], ["requirements"], ["matrix"]].map(async ([command]) => {
        const { code, stdout, stderr } = await run([command!, "bad.yaml", "--json"]);
        expect([code, stdout]).toEqual([1, ""]);
        return JSON.parse(stderr).error.problems;
      }),
    );
    expect(first).toContainEqual({
      ...{ file: "bad.yaml", line: 3, column: 12, path: "model-car[0].image" },
      ...{ message: 'expected a text, found the number "3"', hint: "put it in quotes" },
    });
    expect(first.length).toBeGreaterThan(1);
    for (const other of more) expect(other).toEqual(first);
  });

  test("matrix: the longer side goes down", async () => {
    const { stdout } = await run(["matrix", "car.base.yaml", "--types", "L4,L40S,H200"]);
    expect(stdout).toMatch(/^GPU +MEMORY +small +large\n/);
    expect(stdout).toMatch(/L40S +45 GiB +1× +memory/);
    expect((await run(["matrix", "car.base.yaml", "--types", "L41"])).code).toBe(2);
  });

  test("accelerators: those that are named, saved, and as gpu_info.txt", async () => {
    const { stdout } = await run(["accelerators", "--gpus", "g6e.12xlarge"]);
    expect(stdout).toMatch(/node-1 +L40S +ada 8\.9 +45\.0 GiB +4 +4 +g6e\.12xlarge/);
    const saved = await run(["accelerators", "--gpus", "4x L40S", "--json"]);
    write("inventory.json", saved.stdout);
    expect((await check("--inventory", "inventory.json", "-q")).stdout).toContain("large");
    const info = await run(["accelerators", "--inventory", "inventory.json", "--gpu-info", "-"]);
    expect(info.stdout).toStartWith("• Cloud Provider: unknown\n");
  });

  test("accelerators: those of this machine, by nvidia-smi", async () => {
    mkdirSync(at("bin"));
    write("bin/nvidia-smi", "#!/bin/sh\necho 'NVIDIA L40S, 46068, 3, 8.9, 550.54.15'\n");
    await Bun.$`chmod +x ${at("bin/nvidia-smi")}`;
    const { code, stdout } = await run(["accelerators"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/NVIDIA L40S +ada 8\.9 +45\.0 GiB +1 +1 .*driver 550\.54\.15/);
    await Bun.$`rm ${at("bin/nvidia-smi")}`;
    expect(await run(["accelerators"])).toMatchObject({ code: 1, stderr: expect.stringContaining("--gpus") });
  });

  test("schema is the published one", async () => {
    const { stdout } = await run(["schema"]);
    expect(JSON.parse(stdout).title).toBe("Report of agent2389 model-car check");
  });
});
