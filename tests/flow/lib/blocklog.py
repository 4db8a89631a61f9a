# SPDX-License-Identifier: MIT
"""A disk that remembers the order of its writes, and what it could hold after a
power cut. An ext4 image on a loop device, on a FUSE export of
qemu-storage-daemon, whose blklogwrites driver logs each write and flush; the log
format is that of the kernel's device-mapper log-writes target
(Documentation/admin-guide/device-mapper/log-writes.rst).

After a cut at point P the disk holds every write up to the last flush before P,
and of each later write any subset of its sectors."""
import atexit, os, random, shutil, struct, subprocess, time

from balcao import check, skip

FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SUPER = struct.Struct("<QQQI")  # magic, version, entries, sector size
ENTRY = struct.Struct("<QQQQ")  # sector, sectors, flags, data length
MAGIC = 0x6A736677736872
SECTOR = 512
IMAGE_MB = 48


def sh(*args, check_=True):
    p = subprocess.run(args, capture_output=True, text=True)
    if check_ and p.returncode:
        raise AssertionError(f"{' '.join(args)}: {p.stderr.strip()}")
    return p


def possible():
    """The reason why not, or None."""
    if os.geteuid() != 0:
        return "needs root for loop devices and mounts"
    for tool in ["qemu-storage-daemon", "losetup", "mkfs.ext4", "mount"]:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse"
    if sh("losetup", "-f", check_=False).returncode:
        return "there is no free loop device"
    return None


class LoggedDisk:
    def __init__(self, folder):
        self.folder = folder
        path = lambda n: os.path.join(folder, n)
        self.base, self.log, self.export, self.mount = path("base.img"), path("log.img"), path("export.img"), path("m")
        os.mkdir(self.mount)
        for name, size in [(self.base, IMAGE_MB << 20), (self.log, 4 << 30), (self.export, 0)]:
            with open(name, "wb") as f:
                f.truncate(size)
        self.daemon = subprocess.Popen(["qemu-storage-daemon",
            "--blockdev", f"driver=file,node-name=f,filename={self.base}", "--blockdev", "driver=raw,node-name=r,file=f",
            "--blockdev", f"driver=file,node-name=lf,filename={self.log}",
            "--blockdev", "driver=blklogwrites,node-name=bl,file=r,log.driver=raw,log.file=lf",
            "--export", f"type=fuse,id=e,node-name=bl,mountpoint={self.export},writable=on"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.loop = None
        atexit.register(self.close)
        deadline = time.monotonic() + 30
        while os.stat(self.export).st_size != IMAGE_MB << 20:
            if self.daemon.poll() is not None:
                skip("qemu-storage-daemon cannot export through FUSE here: " + self.daemon.stderr.read().decode().strip())
            check(time.monotonic() < deadline, "the FUSE export did not appear in 30 s")
            time.sleep(0.05)
        self.loop = sh("losetup", "-f", "--show", self.export).stdout.strip()
        sh("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.loop)
        sh("mount", self.loop, self.mount)

    def entries(self):
        """How many entries the log holds up to its last flush: a mark."""
        with open(self.log, "rb") as f:
            magic, _, count, _ = SUPER.unpack(f.read(SUPER.size))
        check(magic == MAGIC, "not a block log")
        return count

    def close(self):
        if self.loop:
            sh("umount", self.mount, check_=False)
            sh("losetup", "-d", self.loop, check_=False)
            self.loop = None
        if self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(30)


class BlockLog:
    def __init__(self, path):
        self.f = open(path, "rb")
        magic, _, count, self.sector = SUPER.unpack(self.f.read(SUPER.size))
        check(magic == MAGIC, "not a block log")
        self.entry, at = [], self.sector
        for _ in range(count):
            self.f.seek(at)
            sector, sectors, flags, _ = ENTRY.unpack(self.f.read(ENTRY.size))
            at += self.sector
            self.entry.append((sector * self.sector, sectors * self.sector, flags, at))
            if not flags & DISCARD:
                at += sectors * self.sector

    def image(self, path, point, seed):
        """Writes the disk as it may look after a cut before entry `point`."""
        chance = random.Random(seed)
        last_flush = max([i + 1 for i in range(point) if self.entry[i][2] & FLUSH], default=0)
        with open(path, "wb") as out:
            out.truncate(IMAGE_MB << 20)
            for i in range(point):
                to, length, flags, at = self.entry[i]
                if flags & DISCARD or length == 0:
                    continue
                self.f.seek(at)
                data = self.f.read(length)
                if i < last_flush or flags & FUA:
                    out.seek(to)
                    out.write(data)
                    continue
                for o in range(0, length, SECTOR):
                    if chance.getrandbits(1):
                        out.seek(to + o)
                        out.write(data[o:o + SECTOR])


class MountedState:
    """One state of the disk, mounted as a boot would: ext4 replays its own
    journal; where a torn superblock stops that, fsck repairs it first."""

    def __init__(self, image, mount):
        self.loop = sh("losetup", "-f", "--show", image).stdout.strip()
        self.mount = mount

    def __enter__(self):
        p = sh("mount", self.loop, self.mount, check_=False)
        if p.returncode:
            sh("e2fsck", "-y", self.loop, check_=False)
            p = sh("mount", self.loop, self.mount, check_=False)
        if p.returncode:
            sh("losetup", "-d", self.loop, check_=False)
            raise AssertionError("the disk state does not mount: " + p.stderr.strip())
        return self.mount

    def __exit__(self, *_):
        sh("umount", self.mount, check_=False)
        sh("losetup", "-d", self.loop, check_=False)
