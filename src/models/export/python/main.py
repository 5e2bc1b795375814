# Arguments: a copy of the model, the ONNX file to write, JSON of [[name or null, dims], …], the folder that the model lies in,
# and whether it may run what it holds. The last line is JSON: {"ok": version, "branches": […]} or {"error": kind, "text": …}.
source, target, shapes, home, trusted = (*sys.argv[1:3], json.loads(sys.argv[3]), sys.argv[4], sys.argv[5] == "trusted")

kind, names = identify(source)
yolo = any(name.startswith("ultralytics.") for name in names)
if kind == "compiled":
    fail("compiled")
if kind == "pickle" and all(is_plain(name) for name in names):
    fail("weights")
if not trusted and not yolo:
    fail("untrusted", kind, names=names)
if not shapes and not yolo and kind != "program":
    fail("shape")

try:
    import torch
except ImportError as error:
    fail("missing", "ultralytics" if yolo else "torch")


def export():
    if yolo:
        if not trusted and not loads_yolo_safely(torch):
            fail("untrusted", "yolo", names=names)
        return export_yolo()
    model = load(torch, kind)
    return export_program(torch, model) if kind == "program" else export_module(torch, model)


try:
    branches = export()
except ModuleNotFoundError as error:
    fail("missing", (error.name or str(error)).split(".")[0])
except Exception as error:
    refused = yolo and not trusted and "outside the supported" in str(error)
    fail("untrusted" if refused else "export", "%s: %s" % (type(error).__name__, error), names=names)
end(0, ok=torch.__version__, branches=sorted(set(branches or [])))
