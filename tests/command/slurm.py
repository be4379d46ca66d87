"""A real Slurm of one node for tests: munged, slurmctld and slurmd in a folder, with ports and a key
of their own. Takes root.

`alone()` puts the test into a process namespace of its own first: daemons and jobs leave their
parents, but nothing leaves that, and all of it is gone when the test is, however that ends.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = "THRONG_TEST_SLURM"  # environment: set within the namespace
PROGRAMS = ["munged", "slurmctld", "slurmd", "srun", "sbatch", "scontrol", "squeue", "scancel", "sinfo"]
# Ranks that are killed leave their shared memory: they get a /dev/shm that ends with them. The shell
# stays, as the first process there, to take in the orphans.
FIRST = 'mount -t tmpfs tmpfs /dev/shm && "$@"; exit $?'
NAMESPACE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", FIRST, "sh"]


def alone():
    """Runs the test within, and exits with its code; or 77, saying why. Within it returns the folder."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if os.geteuid() != 0:
        skip("a Slurm of its own takes root")
    if missing:
        skip(f"{', '.join(missing)} not found (tools/setup all installs them)")
    if subprocess.run([*NAMESPACE, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        skip("no process namespace can be made here (unshare was refused)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="slurm", dir="/var/tmp") as folder:  # not in /dev/shm, which is another there
        test = subprocess.Popen([*NAMESPACE, sys.executable, *sys.argv],
                                env={**os.environ, FOLDER: folder, "TMPDIR": folder})
        try:
            code = test.wait()
        finally:
            test.kill()
            test.wait()
    sys.exit(code)


def skip(why):
    print(f"SKIPPED: {why}. The batch script was NOT tested.", flush=True)
    sys.exit(77)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_until(what, condition, seconds=100, said=lambda: "", pause=0.01):
    """Gives what `condition` gives, once that is something."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s\n{said()}")
        time.sleep(pause)
    return found


class Cluster:
    """Partitions: main; low, whose jobs jobs of urgent put back into the queue after a time of grace."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        # Nothing of a job that this test itself may be run by.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "PMIX_"))}
        self.environment["SLURM_CONF"] = str(folder / "slurm.conf")
        for name in ("state", "spool", "munge", "tmp"):
            (folder / name).mkdir(mode=0o755)
        folder.chmod(0o755)  # munge wants to be found
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        host = socket.gethostname().split(".")[0]
        controller, node = free_ports(2)
        # No control groups: they are the machine's, and this is a guest.
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        (folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
TmpFS={folder}/tmp
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerNode=100
SchedulerParameters=sched_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=16000
PartitionName=main Nodes=node Default=YES PriorityTier=5 PreemptMode=OFF
PartitionName=low Nodes=node PriorityTier=1 GraceTime=30
PartitionName=urgent Nodes=node PriorityTier=10 PreemptMode=OFF
""")
        munge = [f"--{name}={folder}/munge/{name.removesuffix('-file')}" for name in
                 ("key-file", "socket", "pid-file", "log-file", "seed-file")]
        self.daemon("munged", "--foreground", *munge)
        wait_until("munged", (folder / "munge" / "socket").exists, said=self.log)
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D", "-N", "node")
        wait_until("a node that is idle", lambda: self.ask("sinfo", "-h", "-o", "%T").split()[:1] == ["idle"], pause=0.1,
                   said=self.log)

    def daemon(self, *command):
        with open(self.folder / "log", "a") as log:
            self.daemons.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log,
                                                 stdin=subprocess.DEVNULL))

    def log(self):
        return (self.folder / "log").read_text()[-10_000:]

    def ask(self, *command, check=False, **more):
        done = subprocess.run(list(map(str, command)), env={**self.environment, **more}, capture_output=True, text=True,
                              timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}\n{self.log()}")
        return done.stdout

    def submit(self, *command, **environment):
        """Gives the number of the job."""
        return self.ask("sbatch", "--parsable", *command, check=True, **environment).strip()

    def job(self, number):
        """What Slurm says of a job, by its own names."""
        line = self.ask("scontrol", "--oneliner", "show", "job", number)
        return dict(word.split("=", 1) for word in line.split() if "=" in word)
