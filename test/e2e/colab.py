"""Runs cells of a notebook, as Colab would, with stand-ins for what is Google's. One JSON command a line, one answer."""

import contextlib
import io
import json
import os
import pathlib
import sys
import traceback
import types


class SecretNotFoundError(Exception):
    pass


class NotebookAccessError(Exception):
    pass


def google(drive_folder):
    def get(name):
        if name not in stored:
            raise SecretNotFoundError(name)
        return stored[name]

    def mount(place):
        link = pathlib.Path(place) / "MyDrive"
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(drive_folder)

    stored = json.loads(os.environ["COLAB_SECRETS"])
    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(
        get=get, SecretNotFoundError=SecretNotFoundError, NotebookAccessError=NotebookAccessError
    )
    colab.drive = types.SimpleNamespace(
        mount=mount, flush_and_unmount=lambda: (pathlib.Path.cwd() / "drive" / "MyDrive").unlink()
    )
    package = types.ModuleType("google")
    package.colab = colab
    sys.modules.update({"google": package, "google.colab": colab})


def run(code, names):
    written = io.StringIO()
    error = None
    with contextlib.redirect_stdout(written):
        try:
            exec(compile(code, "cell", "exec"), names)
        except SystemExit as stop:
            error = str(stop)
        except BaseException:
            error = traceback.format_exc()
    return {"out": written.getvalue(), "error": error}


def main():
    notebook, drive_folder = sys.argv[1:]
    google(drive_folder)
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(pathlib.Path(notebook).read_text())["cells"]}
    names = {}
    for line in sys.stdin:
        command = json.loads(line)
        code = command.get("code") or cells[command["cell"]]
        print(json.dumps(run(code, names)), flush=True)


main()
