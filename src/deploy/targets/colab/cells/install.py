#@title Install the program
import hashlib
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path.cwd()
HOME = ROOT / "agent2389" / NAME
BINARY = HOME / "bin" / "agent2389"
FROM_WEB = PROGRAM.startswith(("http://", "https://"))


def on_drive():
    """The folder My Drive; asks for access the first time."""
    from google.colab import drive

    drive.mount(str(ROOT / "drive"))
    return ROOT / "drive" / "MyDrive"


def read(place):
    if not FROM_WEB:
        return pathlib.Path(place).read_bytes()
    with urllib.request.urlopen(place, timeout=60) as answer:
        return answer.read()


def beside(place, name):
    return urllib.parse.urljoin(place, name) if FROM_WEB else str(pathlib.Path(place).with_name(name))


def listed_checksum(place):
    """From SHA256SUMS, whose lines are `<checksum>  <name>`."""
    name = pathlib.PurePosixPath(urllib.parse.urlparse(place).path).name
    try:
        lines = read(beside(place, "SHA256SUMS")).decode().splitlines()
    except (OSError, urllib.error.URLError) as error:
        raise SystemExit(f"There is no SHA256SUMS beside {place} ({error}). Set SHA256 in the settings.")
    for line in lines:
        checksum, _, listed = line.partition("  ")
        if listed == name:
            return checksum
    raise SystemExit(f"SHA256SUMS beside {place} does not list {name}. Set SHA256 in the settings.")


def install():
    place = PROGRAM if FROM_WEB else str(on_drive() / PROGRAM)
    try:
        program = read(place)
    except (OSError, urllib.error.URLError) as error:
        raise SystemExit(f"The program cannot be read: {error}. Set PROGRAM in the settings.")
    expected = (SHA256 or listed_checksum(place)).strip().lower()
    found = hashlib.sha256(program).hexdigest()
    if found != expected:
        raise SystemExit(f"{place} is not what it should be: its SHA-256 is {found}, not {expected}.")
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    part = BINARY.with_suffix(".part")
    part.write_bytes(program)
    part.chmod(0o755)
    part.replace(BINARY)


if KEEP_ON_DRIVE:
    on_drive()
install()
print(subprocess.run([BINARY, "--version"], check=True, capture_output=True, text=True).stdout.strip())
