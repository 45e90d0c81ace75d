"""Writes what a package is made of and loads, as a CycloneDX 1.6 document: sbom.py PACKAGE.deb OUTPUT.json

The program itself, what of Swift is linked into it, and the Debian packages of the shared libraries that it names, in the
versions that it was linked against on this machine. What those load in turn is told by Debian's own documents. The same
package on the same machine gives the same document, byte by byte.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import uuid
from datetime import datetime, timezone
from pathlib import Path

NAME = "bedrock-quota-exporter"
LICENSE = {"license": {"id": "Apache-2.0"}}


def output(*command):
    """What a command writes; one that fails ends this program."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def program(package):
    """The program's bytes, and the package's date."""
    files = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        member = archive.getmember(f"./usr/bin/{NAME}")
        return archive.extractfile(member).read(), datetime.fromtimestamp(member.mtime, timezone.utc)


def needed(binary):
    """The shared libraries that the program names."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(binary)
        return sorted(re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", file.name)))


def debian_packages(libraries, architecture):
    """Of each library the package that has it: {name: version}."""
    found = {}
    for library in libraries:
        owners = {line.split(": ")[0] for line in output("dpkg-query", "-S", f"*/{library}").splitlines()}
        owners = {owner.split(":")[0] for owner in owners if owner.endswith(f":{architecture}") or ":" not in owner}
        # Others than the library itself may hold a file of its name, such as the cross compilers' libc.
        owners = {owner for owner in owners if not owner.endswith("-cross")}
        if len(owners) != 1:
            sys.exit(f"{library}: held by {', '.join(sorted(owners)) or 'no package'}; one package was expected")
        owner = owners.pop()
        found[owner] = output("dpkg-query", "-W", "-f", "${Version}", f"{owner}:{architecture}")
    return found


def debian_component(name, version, architecture):
    """A package of the distribution."""
    release = re.search(r'^VERSION_ID="?([\d.]+)', Path("/etc/os-release").read_text(), re.MULTILINE)[1]
    address = f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}&distro=debian-{release}"
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address,
            "properties": [{"name": f"{NAME}:linked", "value": "dynamically"}]}


def swift_component():
    """The part of the toolchain that is in the program."""
    version = re.search(r"Swift version (\d[\d.]*)", output("swiftc", "--version"))[1]
    return {"type": "library", "bom-ref": f"pkg:generic/swift@{version}", "name": "swift", "version": version,
            "description": "Standard library, runtime, Dispatch, FoundationEssentials",
            "licenses": [{"expression": "Apache-2.0 WITH Swift-exception"}], "purl": f"pkg:generic/swift@{version}",
            "properties": [{"name": f"{NAME}:linked", "value": "statically"}]}


def document(package):
    """The whole document."""
    version = output("dpkg-deb", "-f", package, "Version").strip()
    architecture = output("dpkg-deb", "-f", package, "Architecture").strip()
    binary, date = program(package)
    libraries = debian_packages(needed(binary), architecture)
    components = [swift_component()] + [debian_component(name, libraries[name], architecture) for name in sorted(libraries)]
    own = f"pkg:generic/{NAME}@{version}"
    digest = hashlib.sha256(Path(package).read_bytes()).hexdigest()
    text = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        # The same for the same content.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + digest + text)}", "version": 1,
        "metadata": {
            "timestamp": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": own, "name": NAME, "version": version, "purl": own, "licenses": [LICENSE],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "components": [{
                    "type": "file", "bom-ref": f"/usr/bin/{NAME}", "name": f"/usr/bin/{NAME}",
                    "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(binary).hexdigest()}]}],
            },
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [component["bom-ref"] for component in components]}],
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    Path(sys.argv[2]).write_text(json.dumps(document(sys.argv[1]), indent=2) + "\n")
    print(f"Wrote {sys.argv[2]}")
