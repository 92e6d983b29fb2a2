"""A PostgreSQL server of our own, from the machine's programs: started in a folder, gone with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

HOW_TO_GET_IT = "install it: apt-get install postgresql (Debian), brew install postgresql (macOS)"


def programs():
    """Return the folder of initdb and pg_ctl, or None."""
    folders = [Path(found).parent for name in ("initdb",) if (found := shutil.which(name))]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path("/opt/homebrew/opt/postgresql/bin"), Path("/usr/local/opt/postgresql/bin")]
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl")):
            return folder
    return None


class Server:
    """A cluster that listens on a socket in its folder only; its superuser has a password."""

    PASSWORD = "planted-pg-password"

    def __init__(self):
        # Not below pytest's folder, which nobody but root may enter; and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="tessera-pg-"))
        self.data = self.folder / "data"
        self.bin = programs()
        # The server refuses to run as root: somebody else must own it then.
        self.user = self._somebody() if os.geteuid() == 0 else None

    def _somebody(self):
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise RuntimeError("root needs an account such as nobody to run PostgreSQL")

    def _run(self, *command):
        switch = {}
        if self.user is not None:
            switch = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)}
        done = subprocess.run(
            [str(self.bin / command[0]), *map(str, command[1:])],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            **switch,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        password = self.folder / "password"
        password.write_text(self.PASSWORD + "\n")
        if self.user is not None:
            for path in (self.folder, password):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        how = ("--auth=scram-sha-256", "--username=tester", f"--pwfile={password}")
        self._run("initdb", "-D", self.data, *how, "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "300", "-l", log, "-o", options, "start")
        return self

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database="postgres", password=PASSWORD):
        return f"postgresql+psycopg://tester:{password}@/{database}?host={self.folder}"

    def new_database(self, name):
        """Make an empty database; return its address."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="tester", password=self.PASSWORD, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)
