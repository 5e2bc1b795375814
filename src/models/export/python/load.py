# The model in the file, as something to export. Only what the person trusts is loaded in a way that may run what it holds.
def load(torch, kind):
    if kind == "torchscript":
        return damaged_unless(lambda: torch.jit.load(source, map_location="cpu").eval())
    if kind == "program":
        return damaged_unless(lambda: torch.export.load(source))
    return module_of(torch, damaged_unless(lambda: load_pickle(torch)))


def load_pickle(torch):
    sys.path.append(home)  # where the code of the model's classes may lie
    try:
        return torch.load(source, map_location="cpu", weights_only=False)
    except ModuleNotFoundError as error:
        fail("code", error.name or error)
    except AttributeError as error:
        fail("code", error)


def damaged_unless(read):
    try:
        return read()
    except Exception as error:
        fail("damaged", error)


def module_of(torch, loaded):
    """A module, or the one that a checkpoint of a training holds, ready to be run on this processor."""
    if isinstance(loaded, dict):
        held = (loaded.get(key) for key in ("ema", "model", "net", "network", "module"))
        loaded = next((value for value in held if isinstance(value, torch.nn.Module)), loaded)
    if not isinstance(loaded, torch.nn.Module):
        fail("weights")
    if isinstance(loaded, torch.nn.DataParallel):
        loaded = loaded.module
    loaded = getattr(loaded, "_orig_mod", loaded)  # of torch.compile
    return loaded.float().eval()


def loads_yolo_safely(torch):
    """Whether Ultralytics' loader that makes known classes only (ULTRALYTICS_SAFE_LOAD) is there and at work."""
    from ultralytics import utils
    from ultralytics.nn import tasks

    loader = getattr(tasks, "_SafeLoad", None)
    return getattr(utils, "SAFE_LOAD", False) is True and getattr(loader, "SUPPORTED", False) is True
