"""Builds the box: a kernel and a small root file system with bluetoothd, from Debian packages."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from tests.bluez.debian_packages import DebianPackages
from tests.bluez.initramfs import write_initramfs
from tests.bluez.kernel_modules import load_order
from tests.bluez.not_run import NotRun

HERE = Path(__file__).parent
RECIPE = (
    *(HERE / name for name in ("box_image.py", "initramfs.py", "kernel_modules.py")),
    *sorted((HERE / "guest").iterdir()),
)

KERNEL = "linux-image-amd64"
"""Debian's ordinary kernel; the one for clouds has no Bluetooth."""
PROGRAMS = ("usr/libexec/bluetooth/bluetoothd", "usr/bin/btattach")
LOADER = "lib64/ld-linux-x86-64.so.2"
LIBRARY_FOLDERS = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
MODULES = (
    "virtio_pci",
    "virtio_console",
    # elliptic curves of the Bluetooth core
    "sha512_generic",
    "drbg",
    "hci_uart",
    # without these bluetoothd has "no Bluetooth address" and drops the adapter
    "ecb",
    "cmac",
    "algif_hash",
    "algif_skcipher",
)
_RESOLVED = re.compile(r"^\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$", re.M)


@dataclass(frozen=True, slots=True)
class BoxImage:
    """What a virtual machine starts from.

    Attributes:
        kernel: the kernel.
        initramfs: the root file system.
        packages: names of the packages inside, which tell their versions.
    """

    kernel: Path
    initramfs: Path
    packages: tuple[str, ...]


def box_image() -> BoxImage:
    """The box, from the user's cache, or built and kept there.

    Raises:
        NotRun: it cannot be built on this computer.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NotRun("the box is made for Linux on x86-64, and this is another computer")
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in RECIPE)).hexdigest()[:12]
    folder = user_cache_path("levelstride") / f"bluez-box-{recipe}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="bluez-box-", dir=folder.parent))
        try:
            _build(made)
            if not folder.is_dir():  # else another run was quicker
                made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    packages = (folder / "packages.txt").read_text().split()
    return BoxImage(folder / "vmlinuz", folder / "initramfs.gz", tuple(packages))


def _build(folder: Path) -> None:
    work = folder / "work"
    root = work / "root"
    packages = DebianPackages(work / "apt")
    kernels = [n for n in packages.dependencies([KERNEL]) if n.startswith("linux-image-")]
    if not kernels:
        raise NotRun(
            f"the package sources of this computer have no {KERNEL}; they are not Debian's"
        )
    names = [*kernels, "busybox-static", *packages.with_libraries("bluez")]
    unpacked = packages.unpack(names, root)

    programs = {name: (root / name).read_bytes() for name in PROGRAMS}
    programs["bin/busybox"] = next(root.glob("**/bin/busybox")).read_bytes()
    for name in PROGRAMS:
        programs |= _libraries(root, name)
    programs |= {"init": _guest("init"), "bus.sh": _guest("bus.sh")}
    modules = load_order(root, MODULES)
    files = {f"modules/{name}": content for name, content in modules}
    files["modules/order"] = "".join(f"{name}\n" for name, _ in modules).encode()
    files["etc/bluetooth/main.conf"] = _guest("main.conf")
    write_initramfs(folder / "initramfs.gz", files, programs)
    shutil.copyfile(next(root.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    (folder / "packages.txt").write_text("\n".join(unpacked))
    shutil.rmtree(work)


def _guest(name: str) -> bytes:
    return (HERE / "guest" / name).read_bytes()


def _libraries(root: Path, program: str) -> dict[str, bytes]:
    """Loader and libraries of a program, by path in the box; asked of the box's own loader."""
    loader = next(path for path in (root / LOADER, root / "usr" / LOADER) if path.exists())
    folders = os.pathsep.join(str(root / name) for name in LIBRARY_FOLDERS)
    listing = subprocess.run(
        [loader, "--inhibit-cache", "--library-path", folders, "--list", root / program],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C"},
    ).stdout
    found = {LOADER: loader.read_bytes()}
    for name, path in _RESOLVED.findall(listing):
        if name.startswith("/"):
            continue  # the loader itself
        if not path.startswith(str(root)):
            raise NotRun(f"{program} needs {name}, which no package of the box has")
        found[f"{LIBRARY_FOLDERS[0]}/{name}"] = Path(path).read_bytes()
    return found
