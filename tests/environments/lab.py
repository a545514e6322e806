"""A JupyterLab that knows nothing of its user and asks nobody."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUIET = {"checkForUpdates": False, "fetchNews": "false", "doNotDisturbMode": True}
FLAGS = {
    "--ServerApp.ip": "127.0.0.1",
    "--ServerApp.port_retries": "0",
    "--ServerApp.open_browser": "False",
    "--ServerApp.allow_root": "True",
    "--IdentityProvider.token": "",
    "--LabApp.extension_manager": "readonly",
    "--LabApp.news_url": "None",
    "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}
START = 40  # seconds the server and the kernel may each take on a busy machine


@contextmanager
def jupyterlab(notebooks: Path, home: Path) -> Iterator[str]:
    """The address of a JupyterLab in this interpreter's environment that serves a folder.

    Args:
        notebooks: The folder.
        home: An empty folder for all that the server writes.
    """
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET), "utf8")
    folders = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "lab.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={notebooks}", f"--port={port}"]
            + [f"{name}={value}" for name, value in FLAGS.items()],
            env={**os.environ, **{name: str(folder) for name, folder in folders.items()}},
            stdout=said,
            stderr=said,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START
        while not answers(f"{address}/api/status"):
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"JupyterLab did not start; it said:\n{log.read_text('utf8')}")
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(START)


def answers(address: str) -> bool:
    """Whether something is to be had there."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
