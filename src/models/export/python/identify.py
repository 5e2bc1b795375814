# What a file is, told from its bytes by Python's own library: nothing that it holds is run, and no torch is needed.
import json, os, pickletools, sys, zipfile

LEGACY_PICKLES = 4  # before PyTorch 1.6: magic number, protocol version, system, the object


def end(code, **said):
    print("\n" + json.dumps(said), flush=True)
    sys.exit(code)


def fail(kind, text="", **more):
    end(1, error=kind, text=str(text), **more)


def identify(file):
    """("pickle" | "torchscript" | "program" | "compiled", what its pickle names)"""
    with open(file, "rb") as opened:
        zipped = opened.read(4) == b"PK\x03\x04"
    try:
        return identify_zip(file) if zipped else ("pickle", legacy_names(file))
    except Exception as error:
        fail("foreign", error)


def identify_zip(file):
    if not zipfile.is_zipfile(file):
        raise ValueError("its end is missing")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        found = {name.split("/", 1)[-1]: name for name in names}
        if "constants.pkl" in found:
            return "torchscript", []
        if "archive_format" in found or "serialized_exported_program.json" in found:
            models = any("/models/" in name or "serialized_exported_program" in name for name in names)
            return ("program" if models else "compiled"), []
        if "data.pkl" in found:
            with archive.open(found["data.pkl"]) as pickle:
                return "pickle", pickle_names(pickle)
    raise ValueError("it is a zip file, but none that PyTorch wrote")


def legacy_names(file):
    with open(file, "rb") as opened:
        return [name for _ in range(LEGACY_PICKLES) for name in pickle_names(opened)]


def pickle_names(pickle):
    """What a pickle calls or makes: for people, and for nothing that safety depends on."""
    names, strings = [], []
    for opcode, value, _ in pickletools.genops(pickle):
        if opcode.name == "GLOBAL":
            names.append(value.replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            names.append(".".join(strings[-2:]))
        elif isinstance(value, str):
            strings.append(value)
    return list(dict.fromkeys(names))


# What tensors, and figures of a training beside them, are made of.
PLAIN = ("collections.", "torch._utils.", "torch._tensor.", "torch.serialization.", "torch.storage.", "numpy.", "_codecs.")


def is_plain(name):
    return name.startswith(PLAIN) or (name.startswith("torch.") and name.count(".") == 1) or name == "argparse.Namespace"
