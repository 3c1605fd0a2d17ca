"""Build steps beyond pyproject.toml: the wheel contains the built web client and, if possible, the compiled kernel."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
KERNEL = ROOT / "live" / "media" / "kernel"
CLIENT = ROOT / "static" / "dist"


def kernel_build() -> ModuleType:
    """The module that also compiles the kernel in a checkout. Loaded by path, because importing its package needs
    dependencies that are missing while a wheel is built.
    """
    spec = importlib.util.spec_from_file_location("kernel_build", KERNEL / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildKernel(build_ext):
    """Compile with the kernel's own flags and checks. Without a compiler the wheel uses the Python engines."""

    def build_extension(self, extension: Extension) -> None:
        kernel = kernel_build()
        target = Path(self.get_ext_fullpath(extension.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            kernel.build(target)
        except kernel.CannotBuildError as reason:
            self.warn(f"the C kernel is not built: {reason}. The Python engines will be used instead.")


class BuildPython(build_py):
    """Put the web client beside the package that serves it, cadeau/pages."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        if not (CLIENT / "index.html").is_file():
            raise SystemExit("The web client is not built: run `make client` first, or `make wheel` for both.")
        shutil.copytree(CLIENT, Path(self.build_lib) / "cadeau" / "client", dirs_exist_ok=True)


setup(
    ext_modules=[
        Extension(
            "live.media.kernel._kernel",
            sources=sorted(str(path.relative_to(ROOT)) for path in KERNEL.rglob("*.c")),
            libraries=["crypto"],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildKernel, "build_py": BuildPython},
)
