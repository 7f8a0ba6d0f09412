"""Makes electron-vVERSION-darwin-ARCH.zip in FOLDER: what electron-builder looks for in Electron's own archive, without
its 250 MB of programs. Names, property lists and links are where Electron has them; the fuses stand as Electron ships them.

Usage: standInElectron.py FOLDER VERSION ARCH...
"""

import plistlib
import sys
import zipfile

CONTENTS = "Electron.app/Contents"
FRAMEWORKS = f"{CONTENTS}/Frameworks"
FRAMEWORK = f"{FRAMEWORKS}/Electron Framework.framework"
HELPERS = ["Helper", "Helper (GPU)", "Helper (Plugin)", "Helper (Renderer)"]
LANGUAGES = ["de", "en", "fr", "zh_CN"]

# Electron's fuse wire: a fixed text, the version of the wire, the number of fuses, and each fuse as a character.
WIRE = b"dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX" + bytes([1, 9]) + b"101100011"


def make(folder: str, version: str, arch: str) -> None:
    with zipfile.ZipFile(f"{folder}/electron-v{version}-darwin-{arch}.zip", "w") as archive:

        def add(name: str, data: bytes, mode: int) -> None:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = mode << 16
            archive.writestr(entry, data)

        def file(name: str, data: bytes = b"") -> None:
            add(name, data, 0o100644)

        def program(name: str, data: bytes) -> None:
            add(name, data, 0o100755)

        def link(name: str, to: str) -> None:
            add(name, to.encode(), 0o120777)

        def info(folder: str, **keys: object) -> None:
            file(f"{folder}/Info.plist", plistlib.dumps(keys))

        info(
            CONTENTS,
            CFBundleDisplayName="Electron",
            CFBundleExecutable="Electron",
            CFBundleIconFile="electron.icns",
            CFBundleIdentifier="com.github.Electron",
            CFBundleInfoDictionaryVersion="6.0",
            CFBundleName="Electron",
            CFBundlePackageType="APPL",
            CFBundleShortVersionString=version,
            CFBundleVersion=version,
            LSMinimumSystemVersion="13.0",
            NSAudioCaptureUsageDescription="This app needs access to audio capture",
            NSBluetoothAlwaysUsageDescription="This app needs access to Bluetooth",
            NSBluetoothPeripheralUsageDescription="This app needs access to Bluetooth",
            NSCameraUsageDescription="This app needs access to the camera",
            NSHighResolutionCapable=True,
            NSMainNibFile="MainMenu",
            NSMicrophoneUsageDescription="This app needs access to the microphone",
            NSPrincipalClass="AtomApplication",
            NSSupportsAutomaticGraphicsSwitching=True,
        )
        program(f"{CONTENTS}/MacOS/Electron", f"stand-in {arch}".encode())
        file(f"{CONTENTS}/PkgInfo", b"APPL????")
        file(f"{CONTENTS}/Resources/electron.icns")
        for language in LANGUAGES:
            file(f"{CONTENTS}/Resources/{language}.lproj/locale.pak")
            file(f"{FRAMEWORK}/Versions/A/Resources/{language}.lproj/locale.pak")
        for helper in HELPERS:
            app = f"{FRAMEWORKS}/Electron {helper}.app/Contents"
            info(
                app,
                CFBundleExecutable=f"Electron {helper}",
                CFBundleIdentifier="com.github.Electron.helper",
                CFBundleName="Electron",
                LSUIElement=True,
            )
            program(f"{app}/MacOS/Electron {helper}", b"stand-in")
        program(f"{FRAMEWORK}/Versions/A/Electron Framework", b"\0" * 500 + WIRE + b"\0" * 500)
        link(f"{FRAMEWORK}/Versions/Current", "A")
        link(f"{FRAMEWORK}/Electron Framework", "Versions/Current/Electron Framework")
        link(f"{FRAMEWORK}/Resources", "Versions/Current/Resources")
        file("LICENSE", b"Electron's licence")
        file("LICENSES.chromium.html", b"Chromium's licences")
        file("version", version.encode())


folder, version, *archs = sys.argv[1:]
for arch in archs:
    make(folder, version, arch)
