/**
 * What the user's Python is given with -c: arguments are the model, the ONNX file to write, and a JSON array of
 * [name or null, dims]. Its last line is JSON: {"ok": …} or {"error": kind, "text": …}. Loading a .pt file runs code that it
 * holds (pickle), as it does wherever it is used; TorchScript does not.
 */
export const EXPORT_SCRIPT = `
import json, os, shutil, sys

source, target, shapes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])

def end(code, **said):
    print("\\n" + json.dumps(said), flush=True)
    sys.exit(code)

def fail(kind, text):
    end(1, error=kind, text=str(text))

try:
    import torch
except ImportError as error:
    fail("missing", "torch")

def load():
    try:
        return torch.jit.load(source, map_location="cpu")
    except Exception:
        pass
    try:
        return torch.load(source, map_location="cpu", weights_only=False)
    except ModuleNotFoundError as error:
        fail("missing", (error.name or str(error)).split(".")[0])
    except Exception as error:
        fail("damaged", error)

def export_yolo():
    try:
        from ultralytics import YOLO
    except ImportError:
        fail("missing", "ultralytics")
    options = {"format": "onnx", "opset": 17}
    if shapes:
        options["imgsz"] = shapes[0][1][-2:]
        options["batch"] = shapes[0][1][0]
    shutil.move(YOLO(source, task=None).export(**options), target)

def export_module(model):
    if not shapes:
        fail("shape", "")
    model.eval()
    dummies = tuple(torch.zeros(dims) for _, dims in shapes)
    names = [name or ("input" if len(shapes) == 1 else "input%d" % i) for i, (name, _) in enumerate(shapes)]
    options = {"input_names": names, "opset_version": 17}
    try:
        torch.onnx.export(model, dummies, target, dynamo=False, **options)
    except TypeError:
        torch.onnx.export(model, dummies, target, **options)
    except ModuleNotFoundError as error:
        fail("missing", (error.name or "onnx").split(".")[0])

model = load()
try:
    if isinstance(model, dict):
        inner = model.get("ema") or model.get("model")
        if type(inner).__module__.startswith("ultralytics"):
            export_yolo()
        elif isinstance(inner, torch.nn.Module):
            export_module(inner.float())
        else:
            fail("weights", "")
    elif isinstance(model, torch.nn.Module):
        export_module(model)
    else:
        fail("weights", "")
except SystemExit:
    raise
except Exception as error:
    fail("export", "%s: %s" % (type(error).__name__, error))
end(0, ok=torch.__version__)
`;
