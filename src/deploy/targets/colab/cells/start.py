#@title Start the agent
import os
import signal
import socket
import tarfile
import threading
import time

DATA = HOME / "data"
LOG = HOME / "agent.log"
copying = threading.Lock()


def kept():
    """The folder on the Drive that holds the copies of the journal."""
    folder = on_drive() / "agent2389" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def restore(folder):
    """Takes the journal from the last copy, on a runtime that has none yet."""
    copy = folder / "journal.tar"
    if DATA.exists() or not copy.exists():
        return
    # Python before 3.11.4 has no filters; the copy is our own.
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(copy) as archive:
        archive.extractall(DATA, **safely)
    print(f"Journal taken from {copy}")


def keep_copy(process, folder):
    """
    Copies the journal as it is at one moment. The agent stands still meanwhile, for milliseconds: SQLite takes up such
    a copy as it takes up the journal after a power failure. The Drive itself would not do for a database.
    """
    with copying:
        local = HOME / "copy"
        shutil.rmtree(local, ignore_errors=True)
        runs = process.poll() is None
        if runs:
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        try:
            shutil.copytree(DATA, local)
        finally:
            if runs:
                os.kill(process.pid, signal.SIGCONT)
        archive = shutil.make_archive(str(HOME / "journal"), "tar", local)
        part = folder / "journal.tar.part"
        shutil.copyfile(archive, part)
        part.replace(folder / "journal.tar")


def keep_copies(process, folder):
    """Until the agent has ended, and once more then."""
    ended = False
    while not ended:
        try:
            process.wait(timeout=KEEP_SECONDS)
            ended = True
        except subprocess.TimeoutExpired:
            pass
        try:
            keep_copy(process, folder)
        except OSError as error:
            print(f"The journal could not be copied to the Drive: {error}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_config():
    for name, lines in FILES.items():
        path = HOME / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    return HOME / "config" / "agent.toml"


def environment(port):
    own = {
        "AGENT2389_DATA_DIR": str(DATA),
        "CONFIG_PATH": str(write_config()),
        "HEALTH_HOST": "127.0.0.1",
        "HEALTH_PORT": str(port),
    }
    broker = {"MQTT_BROKER_URL": BROKER_URL} if BROKER_URL else {}
    system = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**system, **ENV, **broker, **secrets, **own}


def log_end(count=20):
    return "\n".join(LOG.read_text(errors="replace").splitlines()[-count:])


def wait_until_ready(process, port):
    if START_SECONDS == 0:
        print(f"{NAME} is started. Its health server is off: the log tells how it fares.")
        return
    deadline = time.monotonic() + START_SECONDS
    ask = [BINARY, "healthcheck", "--port", str(port)]
    while subprocess.run(ask, capture_output=True).returncode != 0:
        if process.poll() is not None:
            raise SystemExit(f"The agent ended with status {process.returncode}:\n{log_end()}")
        if time.monotonic() > deadline:
            print(f"Not ready after {START_SECONDS} s; it goes on trying:\n{log_end()}")
            return
        time.sleep(0.2)
    print(f"{NAME} is ready and takes tasks.")


def start():
    folder = kept() if KEEP_ON_DRIVE else None
    if folder:
        restore(folder)
    DATA.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with LOG.open("ab") as log:
        # A session of its own: interrupting a cell does not interrupt the agent.
        process = subprocess.Popen(
            [BINARY, *ARGS],
            cwd=HOME,
            env=environment(port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    keeper = threading.Thread(target=keep_copies, args=(process, folder), daemon=True) if folder else None
    if keeper:
        keeper.start()
    wait_until_ready(process, port)
    return process, keeper


if "agent" in globals() and agent.poll() is None:
    print(f"{NAME} runs already. To start it anew, run the cell Stop first.")
else:
    agent, keeper = start()
